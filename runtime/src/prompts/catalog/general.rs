//! Menus, connecting and faults.

/// Prompt names and what they say.
pub(super) const PROMPTS: &[(&str, &str)] = &[
    (
        "menu-no_prompt",
        "This menu has no greeting yet. To record one, enter the menu's recording PIN.",
    ),
    ("menu-invalid_entry", "Sorry, that is not a valid choice."),
    ("menu-exit", "Sorry, we could not understand your choice."),
    (
        "menu-transferring_call",
        "One moment please. We are connecting you.",
    ),
    ("menu-return", "Returning to the menu."),
    (
        "fault-can_not_be_completed_as_dialed",
        "Your call cannot be completed as dialled. Please check the number and try again.",
    ),
    (
        "fault-can_not_be_completed_at_this_time",
        "Your call cannot be completed at this time. Please try again later.",
    ),
    (
        "fault-facility_trouble",
        "We are having technical trouble and cannot connect your call. Please try again later.",
    ),
    (
        "fault-too_many_invalid_entries",
        "There were too many wrong entries. Goodbye.",
    ),
    (
        "general-call_is_being_recorded",
        "This call is being recorded.",
    ),
    (
        "ivr-group_confirm",
        "You have a call. To accept it, press 1.",
    ),
    (
        "temporal-menu",
        "To switch this opening time on, press 1. To switch it off, press 2. To follow the clock again, press 3.",
    ),
    (
        "temporal-marked_enabled",
        "The opening time is now switched on.",
    ),
    (
        "temporal-marked_disabled",
        "The opening time is now switched off.",
    ),
    (
        "temporal-marker_reset",
        "The opening time now follows the clock again.",
    ),
    (
        "dynamic-cid-enter_cid",
        "Please enter the number to show to the person you call, then press hash.",
    ),
    (
        "dynamic-cid-invalid_using_default",
        "That number cannot be shown. Your usual number will be used.",
    ),
];
