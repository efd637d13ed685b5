# What the system says to callers, in English.
#
# The names are KAZOO's, so that an account's own recordings of its prompts keep their meaning. The wording is ours.
# The format is Fluent's: https://projectfluent.org/fluent/guide/. Every language has the same names; a name that is
# missing or too many fails a test. A text that ends without a full stop, such as vm-you_have, is spoken in one breath
# with what follows it.
#
# Some texts follow a number, and have a second form in which they hold it: `.counted`. Names that begin with `say-` are
# no prompts: they tell how numbers, keys, dates and times of day are said in this language.

-hash = hash

## Menus, connecting and faults

menu-no_prompt = This menu has no greeting yet. To record one, enter the menu's recording PIN.
menu-invalid_entry = Sorry, that is not a valid choice.
menu-exit = Sorry, we could not understand your choice.
menu-transferring_call = One moment please. We are connecting you.
menu-return = Returning to the menu.
fault-can_not_be_completed_as_dialed = Your call cannot be completed as dialled. Please check the number and try again.
fault-can_not_be_completed_at_this_time = Your call cannot be completed at this time. Please try again later.
fault-facility_trouble = We are having technical trouble and cannot connect your call. Please try again later.
fault-too_many_invalid_entries = There were too many wrong entries. Goodbye.
general-call_is_being_recorded = This call is being recorded.
ivr-group_confirm = You have a call. To accept it, press 1.
temporal-menu = To switch this opening time on, press 1. To switch it off, press 2. To follow the clock again, press 3.
temporal-marked_enabled = The opening time is now switched on.
temporal-marked_disabled = The opening time is now switched off.
temporal-marker_reset = The opening time now follows the clock again.
dynamic-cid-enter_cid = Please enter the number to show to the person you call, then press { -hash }.
dynamic-cid-invalid_using_default = That number cannot be shown. Your usual number will be used.

## Voicemail

vm-person = The person at extension
vm-not_available = is not available.
vm-person_not_available = The person you are calling is not available. Please leave a message.
vm-greeting_intro = Hello. You have reached the voicemail of
vm-not_available_no_voicemail = The person you are calling cannot be reached and has no mailbox.
vm-record_message = Please record your message after the tone. When you have finished, hang up, or press any key for more choices.
vm-review_recording = To save the recording, press 1. To listen to it, press 2. To record it again, press 3.
vm-saved = Saved.
vm-deleted = Deleted.
vm-thank_you = Thank you.
vm-goodbye = Goodbye.
vm-mailbox_full = This mailbox is full and takes no more messages.
vm-recording_to_short = The recording is too short. Please record it again.
vm-enter_id = Please enter your mailbox number, then press { -hash }.
vm-enter_pass = Please enter your PIN, then press { -hash }.
vm-fail_auth = The mailbox number or PIN is wrong.
vm-abort = There were too many tries. Goodbye.
vm-no_access = This mailbox cannot be opened from here. It needs a PIN first.
vm-main_menu = To hear new messages, press 1. To hear saved messages, press 2. To change your settings, press 5. To leave, press { -hash }.
vm-main_menu_not_configurable = To hear new messages, press 1. To hear saved messages, press 2. To leave, press { -hash }.
vm-message_menu = To keep this message, press 1. To hear it again, press 2. To forward it, press 3. For the previous message, press 4. For the next message, press 6. To delete this message, press 7. To call the sender, press 9. For the main menu, press 0.
vm-settings_menu = To record your greeting, press 1. To record your name, press 2. To change your PIN, press 3. To record a temporary greeting, press 4. To delete the temporary greeting, press 5. To take no more messages and only play your greeting, press 6. To go back, press 0.
vm-settings_menu_announcement_on = To record your greeting, press 1. To record your name, press 2. To change your PIN, press 3. To record a temporary greeting, press 4. To delete the temporary greeting, press 5. To take messages again, press 6. To go back, press 0.
vm-message_forwarding = To record an introduction first, press 1. To send the message as it is, press 2. To cancel, press 0.
vm-you_have = You have
vm-new_message = new message.
    .counted = { $count } new message.
vm-new_messages = new messages.
    .counted = { $count } new messages.
vm-new_and = new and
    .counted = { $count } new and
vm-saved_message = saved message.
    .counted = { $count } saved message.
vm-saved_messages = saved messages.
    .counted = { $count } saved messages.
vm-no_messages = You have no messages.
vm-message_number = Message
vm-received = Received
vm-a_call_from = A call from
# Followed by a moment: "today at 3 pm", "on Friday the 27th of November at 3 pm".
vm-on = received
vm-setup_intro = Welcome to your mailbox. Let us set it up.
vm-setup_rec_greeting = Now record a greeting for your callers.
vm-setup_complete = Your mailbox is ready.
vm-enter_new_pin = Please enter a new PIN of four to six digits, then press { -hash }.
vm-enter_new_pin_confirm = Please enter the new PIN once more, then press { -hash }.
vm-pin_set = Your PIN has been changed.
vm-pin_invalid = The two PINs differ, or the PIN is not four to six digits long.
vm-record_greeting = Please record the greeting after the tone, then press any key.
vm-record_name = Please say your name after the tone, then press any key.
vm-record_temp_greeting = Please record the temporary greeting after the tone, then press any key.
vm-enter_forward_id = Please enter the mailbox number to forward to, then press { -hash }.
vm-forward_abort = The message was not forwarded.
vm-forward_confirmed = The message has been forwarded.

## Conferences and the directory

conf-welcome = Welcome to the conference.
conf-enter_conf_number = Please enter the conference number, then press { -hash }.
conf-bad_conf = There is no conference with that number.
conf-enter_conf_pin = Please enter the conference PIN, then press { -hash }.
conf-bad_pin = That PIN is wrong.
conf-too_many_attempts = There were too many tries. Goodbye.
conf-max_participants = This conference is full.
conf-joining_conference = You are joining the conference.
conf-alone = You are the only one in this conference.
conf-single = There is one other participant.
conf-there_are = There are
conf-other_participants = other participants.
    .counted = { $count } other participants.
conf-muted = You are muted.
conf-unmuted = You can be heard again.
conf-deaf = You no longer hear the others.
conf-undeaf = You hear the others again.
conf-announce_your_name = Please say your name after the tone, then press any key.
conf-review = To keep the recording, press 1. To listen to it, press 2. To record it again, press 3.
conf-has_joined = has joined the conference.
conf-has_left = has left the conference.
dir-enter_person_name = Please use the letters on your keypad to enter the name of the person you want, then press { -hash }.
dir-enter_person_firstname = Please use the letters on your keypad to enter the first name of the person you want, then press { -hash }.
dir-enter_person_lastname = Please use the letters on your keypad to enter the last name of the person you want, then press { -hash }.
dir-specify_minimum = Please enter more letters of the name.
dir-no_results_found = Nobody of that name was found.
dir-no_more_results = There are no more names.
dir-found = Found:
dir-confirm_menu = To call this person, press 1. To search again, press 2.
dir-result_number = Result
dir-result_menu = To call this person, press 1. For the next name, press 2. To search again, press 3.
dir-invalid_key = Sorry, that key has no meaning here.

## Services switched from a phone

disa-enter_pin = Please enter your PIN, then press { -hash }.
disa-invalid_pin = That PIN is wrong.
disa-retries_exceeded = There were too many tries. Goodbye.
disa-invalid_extension = That number cannot be dialled.
hotdesk-enter_id = Please enter your hot desk number, then press { -hash }.
hotdesk-enter_pin = Please enter your hot desk PIN, then press { -hash }.
hotdesk-invalid_entry = The number or PIN is wrong.
hotdesk-logged_in = This phone is now yours.
hotdesk-logged_out = You have been signed out of this phone.
hotdesk-abort = There were too many tries. Goodbye.
hotdesk-disabled = Hot desking is not set up for you.
dnd-activated = Do not disturb is on.
dnd-deactivated = Do not disturb is off.
dnd-not_available = Do not disturb cannot be changed from this phone.
cw-activated = Call waiting is on.
cw-deactivated = Call waiting is off.
cw-not_available = Call waiting cannot be changed from this phone.
cf-now_forwarded_to = Your calls are now forwarded to
cf-disabled = Your calls are no longer forwarded.
cf-enter_number = Please enter the number to forward your calls to, then press { -hash }.
cf-enabled_menu = Your calls are forwarded. To stop forwarding, press 1. To change the number, press 2.
cf-disabled_menu = Your calls are not forwarded. To forward them, press 1. To change the number, press 2.
cf-not_available = Forwarding cannot be changed from this phone.
cf-unauthorized_call = You may not call that number.
cf-move-no_owner = This phone has no owner, so no call can be moved to it.
cf-move-no_channel = You have no other call to move.
cf-move-too_many_channels = You have more than one other call. Please end all but one.

## Queues, parking and picking up

agent-logged_in = You are signed in and will receive calls.
agent-logged_out = You are signed out and will receive no calls.
agent-invalid_choice = Sorry, that is not a valid choice.
agent-already_logged_in = You are already signed in.
agent-not_call_center_agent = You are not a member here.
agent-pause = You are paused.
agent-resume = You will receive calls again.
queue-you_are_at_position = You are at position
queue-in_the_queue = in the queue.
queue-the_estimated_wait_time_is = The estimated waiting time is
queue-about_5_minutes = about five minutes.
queue-about_10_minutes = about ten minutes.
queue-about_15_minutes = about fifteen minutes.
queue-about_30_minutes = about thirty minutes.
queue-about_45_minutes = about forty-five minutes.
queue-about_1_hour = about one hour.
queue-at_least_1_hour = at least one hour.
queue-less_than_1_minute = less than one minute.
queue-increase_in_call_volume = We are receiving more calls than usual. Thank you for waiting.
park-call_placed_in_spot = Your call has been parked in place
park-already_in_use = That place is already taken.
park-no_caller = There is no call to pick up.
pickup-no_users = There is nobody here whose calls could be picked up.
pickup-no_channels = There is no call to pick up.
intercept-no_users = There is nobody here whose calls could be taken over.
intercept-no_channels = There is no call to take over.
eavesdrop-no_channels = There is no call to listen to.
camper-queue = That phone is busy. You will be called when it is free.
camper-deny = You cannot wait for that phone.

## Keys and signs, spoken one by one. Digits and letters are read by the voice itself.

say-star = star
say-hash = { -hash }
say-plus = plus

## Dates and times of day
#
# $weekday: 1 is Monday. $day: of the month. $month: 1 is January. $year: with all its digits.
# $hour: 0 to 23. $hour12: 1 to 12. $half: `am` or `pm`. $minute: 0 to 59. $tens: those of the minute, 0 to 5.
# $when: `today`, `yesterday`, `date` (another day of this year) or `year` (a day of another year).

say-weekday = { $weekday ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
say-month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
say-day = { NUMBER($day, type: "ordinal") ->
    [one] { $day }st
    [two] { $day }nd
    [few] { $day }rd
   *[other] { $day }th
}
# A day and month, without the year.
say-short_date = { say-weekday } the { say-day } of { say-month }
say-date = { say-short_date } { $year }
say-half_day = { $half ->
    [am] a.m.
   *[pm] p.m.
}
say-clock = { $minute ->
    [0] { $hour ->
        [0] midnight
        [12] midday
       *[other] { $hour12 } { say-half_day }
    }
   *[other] { $tens ->
        [0] { $hour12 } oh { $minute } { say-half_day }
       *[other] { $hour12 } { $minute } { say-half_day }
    }
}
say-time = { say-clock }
say-date_time = { say-short_date } { $year } at { say-clock }
# When something was: a message came in.
say-since = { $when ->
    [today] today at { say-clock }
    [yesterday] yesterday at { say-clock }
    [year] on { say-short_date } { $year } at { say-clock }
   *[date] on { say-short_date } at { say-clock }
}
