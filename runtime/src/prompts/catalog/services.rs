//! Services switched from a phone.

/// Prompt names and what they say.
pub(super) const PROMPTS: &[(&str, &str)] = &[
    ("disa-enter_pin", "Please enter your PIN, then press hash."),
    ("disa-invalid_pin", "That PIN is wrong."),
    (
        "disa-retries_exceeded",
        "There were too many tries. Goodbye.",
    ),
    ("disa-invalid_extension", "That number cannot be dialled."),
    (
        "hotdesk-enter_id",
        "Please enter your hot desk number, then press hash.",
    ),
    (
        "hotdesk-enter_pin",
        "Please enter your hot desk PIN, then press hash.",
    ),
    ("hotdesk-invalid_entry", "The number or PIN is wrong."),
    ("hotdesk-logged_in", "This phone is now yours."),
    (
        "hotdesk-logged_out",
        "You have been signed out of this phone.",
    ),
    ("hotdesk-abort", "There were too many tries. Goodbye."),
    ("hotdesk-disabled", "Hot desking is not set up for you."),
    ("dnd-activated", "Do not disturb is on."),
    ("dnd-deactivated", "Do not disturb is off."),
    (
        "dnd-not_available",
        "Do not disturb cannot be changed from this phone.",
    ),
    ("cw-activated", "Call waiting is on."),
    ("cw-deactivated", "Call waiting is off."),
    (
        "cw-not_available",
        "Call waiting cannot be changed from this phone.",
    ),
    ("cf-now_forwarded_to", "Your calls are now forwarded to"),
    ("cf-disabled", "Your calls are no longer forwarded."),
    (
        "cf-enter_number",
        "Please enter the number to forward your calls to, then press hash.",
    ),
    (
        "cf-enabled_menu",
        "Your calls are forwarded. To stop forwarding, press 1. To change the number, press 2.",
    ),
    (
        "cf-disabled_menu",
        "Your calls are not forwarded. To forward them, press 1. To change the number, press 2.",
    ),
    (
        "cf-not_available",
        "Forwarding cannot be changed from this phone.",
    ),
    ("cf-unauthorized_call", "You may not call that number."),
    (
        "cf-move-no_owner",
        "This phone has no owner, so no call can be moved to it.",
    ),
    ("cf-move-no_channel", "You have no other call to move."),
    (
        "cf-move-too_many_channels",
        "You have more than one other call. Please end all but one.",
    ),
];
