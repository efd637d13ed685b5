//! Voicemail.

/// Prompt names and what they say.
pub(super) const PROMPTS: &[(&str, &str)] = &[
    ("vm-person", "The person at extension"),
    ("vm-not_available", "is not available."),
    (
        "vm-person_not_available",
        "The person you are calling is not available. Please leave a message.",
    ),
    (
        "vm-greeting_intro",
        "Hello. You have reached the voicemail of",
    ),
    (
        "vm-not_available_no_voicemail",
        "The person you are calling cannot be reached and has no mailbox.",
    ),
    (
        "vm-record_message",
        "Please record your message after the tone. When you have finished, hang up, or press any key for more choices.",
    ),
    (
        "vm-review_recording",
        "To save the recording, press 1. To listen to it, press 2. To record it again, press 3.",
    ),
    ("vm-saved", "Saved."),
    ("vm-deleted", "Deleted."),
    ("vm-thank_you", "Thank you."),
    ("vm-goodbye", "Goodbye."),
    (
        "vm-mailbox_full",
        "This mailbox is full and takes no more messages.",
    ),
    (
        "vm-recording_to_short",
        "The recording is too short. Please record it again.",
    ),
    (
        "vm-enter_id",
        "Please enter your mailbox number, then press hash.",
    ),
    ("vm-enter_pass", "Please enter your PIN, then press hash."),
    ("vm-fail_auth", "The mailbox number or PIN is wrong."),
    ("vm-abort", "There were too many tries. Goodbye."),
    (
        "vm-no_access",
        "This mailbox cannot be opened from here. It needs a PIN first.",
    ),
    (
        "vm-main_menu",
        "To hear new messages, press 1. To hear saved messages, press 2. To change your settings, press 5. To leave, press hash.",
    ),
    (
        "vm-main_menu_not_configurable",
        "To hear new messages, press 1. To hear saved messages, press 2. To leave, press hash.",
    ),
    (
        "vm-message_menu",
        "To keep this message, press 1. To hear it again, press 2. To forward it, press 3. For the previous message, press 4. For the next message, press 6. To delete this message, press 7. To call the sender, press 9. For the main menu, press 0.",
    ),
    (
        "vm-settings_menu",
        "To record your greeting, press 1. To record your name, press 2. To change your PIN, press 3. To record a temporary greeting, press 4. To delete the temporary greeting, press 5. To take no more messages and only play your greeting, press 6. To go back, press 0.",
    ),
    (
        "vm-settings_menu_announcement_on",
        "To record your greeting, press 1. To record your name, press 2. To change your PIN, press 3. To record a temporary greeting, press 4. To delete the temporary greeting, press 5. To take messages again, press 6. To go back, press 0.",
    ),
    (
        "vm-message_forwarding",
        "To record an introduction first, press 1. To send the message as it is, press 2. To cancel, press 0.",
    ),
    ("vm-you_have", "You have"),
    ("vm-new_message", "new message."),
    ("vm-new_messages", "new messages."),
    ("vm-new_and", "new and"),
    ("vm-saved_message", "saved message."),
    ("vm-saved_messages", "saved messages."),
    ("vm-no_messages", "You have no messages."),
    ("vm-message_number", "Message"),
    ("vm-received", "Received"),
    ("vm-a_call_from", "A call from"),
    ("vm-on", "on"),
    (
        "vm-setup_intro",
        "Welcome to your mailbox. Let us set it up.",
    ),
    (
        "vm-setup_rec_greeting",
        "Now record a greeting for your callers.",
    ),
    ("vm-setup_complete", "Your mailbox is ready."),
    (
        "vm-enter_new_pin",
        "Please enter a new PIN of four to six digits, then press hash.",
    ),
    (
        "vm-enter_new_pin_confirm",
        "Please enter the new PIN once more, then press hash.",
    ),
    ("vm-pin_set", "Your PIN has been changed."),
    (
        "vm-pin_invalid",
        "The two PINs differ, or the PIN is not four to six digits long.",
    ),
    (
        "vm-record_greeting",
        "Please record the greeting after the tone, then press any key.",
    ),
    (
        "vm-record_name",
        "Please say your name after the tone, then press any key.",
    ),
    (
        "vm-record_temp_greeting",
        "Please record the temporary greeting after the tone, then press any key.",
    ),
    (
        "vm-enter_forward_id",
        "Please enter the mailbox number to forward to, then press hash.",
    ),
    ("vm-forward_abort", "The message was not forwarded."),
    ("vm-forward_confirmed", "The message has been forwarded."),
];
