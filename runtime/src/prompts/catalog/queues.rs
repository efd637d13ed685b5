//! Queues, parking and pick-up.

/// Prompt names and what they say.
pub(super) const PROMPTS: &[(&str, &str)] = &[
    (
        "agent-logged_in",
        "You are signed in and will receive calls.",
    ),
    (
        "agent-logged_out",
        "You are signed out and will receive no calls.",
    ),
    ("agent-invalid_choice", "Sorry, that is not a valid choice."),
    ("agent-already_logged_in", "You are already signed in."),
    ("agent-not_call_center_agent", "You are not a member here."),
    ("agent-pause", "You are paused."),
    ("agent-resume", "You will receive calls again."),
    ("queue-you_are_at_position", "You are at position"),
    ("queue-in_the_queue", "in the queue."),
    (
        "queue-the_estimated_wait_time_is",
        "The estimated waiting time is",
    ),
    ("queue-about_5_minutes", "about five minutes."),
    ("queue-about_10_minutes", "about ten minutes."),
    ("queue-about_15_minutes", "about fifteen minutes."),
    ("queue-about_30_minutes", "about thirty minutes."),
    ("queue-about_45_minutes", "about forty-five minutes."),
    ("queue-about_1_hour", "about one hour."),
    ("queue-at_least_1_hour", "at least one hour."),
    ("queue-less_than_1_minute", "less than one minute."),
    (
        "queue-increase_in_call_volume",
        "We are receiving more calls than usual. Thank you for waiting.",
    ),
    (
        "park-call_placed_in_spot",
        "Your call has been parked in place",
    ),
    ("park-already_in_use", "That place is already taken."),
    ("park-no_caller", "There is no call to pick up."),
    (
        "pickup-no_users",
        "There is nobody here whose calls could be picked up.",
    ),
    ("pickup-no_channels", "There is no call to pick up."),
    (
        "intercept-no_users",
        "There is nobody here whose calls could be taken over.",
    ),
    ("intercept-no_channels", "There is no call to take over."),
    ("eavesdrop-no_channels", "There is no call to listen to."),
    (
        "camper-queue",
        "That phone is busy. You will be called when it is free.",
    ),
    ("camper-deny", "You cannot wait for that phone."),
];
