//! Conferences and the directory.

/// Prompt names and what they say.
pub(super) const PROMPTS: &[(&str, &str)] = &[
    ("conf-welcome", "Welcome to the conference."),
    (
        "conf-enter_conf_number",
        "Please enter the conference number, then press hash.",
    ),
    ("conf-bad_conf", "There is no conference with that number."),
    (
        "conf-enter_conf_pin",
        "Please enter the conference PIN, then press hash.",
    ),
    ("conf-bad_pin", "That PIN is wrong."),
    (
        "conf-too_many_attempts",
        "There were too many tries. Goodbye.",
    ),
    ("conf-max_participants", "This conference is full."),
    ("conf-joining_conference", "You are joining the conference."),
    ("conf-alone", "You are the only one in this conference."),
    ("conf-single", "There is one other participant."),
    ("conf-there_are", "There are"),
    ("conf-other_participants", "other participants."),
    ("conf-muted", "You are muted."),
    ("conf-unmuted", "You can be heard again."),
    ("conf-deaf", "You no longer hear the others."),
    ("conf-undeaf", "You hear the others again."),
    (
        "conf-announce_your_name",
        "Please say your name after the tone, then press any key.",
    ),
    (
        "conf-review",
        "To keep the recording, press 1. To listen to it, press 2. To record it again, press 3.",
    ),
    ("conf-has_joined", "has joined the conference."),
    ("conf-has_left", "has left the conference."),
    (
        "dir-enter_person_name",
        "Please use the letters on your keypad to enter the name of the person you want, then press hash.",
    ),
    (
        "dir-enter_person_firstname",
        "Please use the letters on your keypad to enter the first name of the person you want, then press hash.",
    ),
    (
        "dir-enter_person_lastname",
        "Please use the letters on your keypad to enter the last name of the person you want, then press hash.",
    ),
    (
        "dir-specify_minimum",
        "Please enter more letters of the name.",
    ),
    ("dir-no_results_found", "Nobody of that name was found."),
    ("dir-no_more_results", "There are no more names."),
    ("dir-found", "Found:"),
    (
        "dir-confirm_menu",
        "To call this person, press 1. To search again, press 2.",
    ),
    ("dir-result_number", "Result"),
    (
        "dir-result_menu",
        "To call this person, press 1. For the next name, press 2. To search again, press 3.",
    ),
    ("dir-invalid_key", "Sorry, that key has no meaning here."),
];
