# What the system says to callers, in German. See en.ftl.

-hash = Raute

## Menus, connecting and faults

menu-no_prompt = Dieses Menü hat noch keine Ansage. Um eine aufzunehmen, geben Sie bitte die Aufnahme-PIN des Menüs ein.
menu-invalid_entry = Entschuldigung, diese Auswahl ist nicht gültig.
menu-exit = Entschuldigung, wir konnten Ihre Auswahl nicht verstehen.
menu-transferring_call = Einen Moment bitte. Wir verbinden Sie.
menu-return = Zurück zum Menü.
fault-can_not_be_completed_as_dialed = Die gewählte Nummer ist nicht erreichbar. Bitte prüfen Sie die Nummer und versuchen Sie es noch einmal.
fault-can_not_be_completed_at_this_time = Ihr Anruf kann zurzeit nicht verbunden werden. Bitte versuchen Sie es später noch einmal.
fault-facility_trouble = Wegen einer technischen Störung können wir Sie leider nicht verbinden. Bitte versuchen Sie es später noch einmal.
fault-too_many_invalid_entries = Das waren zu viele falsche Eingaben. Auf Wiederhören.
general-call_is_being_recorded = Dieses Gespräch wird aufgezeichnet.
ivr-group_confirm = Sie haben einen Anruf. Um ihn anzunehmen, drücken Sie die 1.
temporal-menu = Um diese Öffnungszeit einzuschalten, drücken Sie die 1. Um sie auszuschalten, drücken Sie die 2. Um wieder der Uhr zu folgen, drücken Sie die 3.
temporal-marked_enabled = Die Öffnungszeit ist jetzt eingeschaltet.
temporal-marked_disabled = Die Öffnungszeit ist jetzt ausgeschaltet.
temporal-marker_reset = Die Öffnungszeit folgt jetzt wieder der Uhr.
dynamic-cid-enter_cid = Bitte geben Sie die Nummer ein, die der Angerufene sehen soll, und drücken Sie dann die { -hash }-Taste.
dynamic-cid-invalid_using_default = Diese Nummer kann nicht angezeigt werden. Es wird Ihre übliche Nummer verwendet.

## Voicemail

vm-person = Der Teilnehmer mit der Nummer
vm-not_available = ist nicht erreichbar.
vm-person_not_available = Der gewünschte Teilnehmer ist nicht erreichbar. Bitte hinterlassen Sie eine Nachricht.
vm-greeting_intro = Guten Tag. Sie sind verbunden mit der Mailbox von
vm-not_available_no_voicemail = Der gewünschte Teilnehmer ist nicht erreichbar und hat keine Mailbox.
vm-record_message = Bitte sprechen Sie Ihre Nachricht nach dem Signalton. Wenn Sie fertig sind, legen Sie auf, oder drücken Sie eine beliebige Taste für weitere Möglichkeiten.
vm-review_recording = Um die Aufnahme zu speichern, drücken Sie die 1. Um sie anzuhören, drücken Sie die 2. Um sie noch einmal aufzunehmen, drücken Sie die 3.
vm-saved = Gespeichert.
vm-deleted = Gelöscht.
vm-thank_you = Vielen Dank.
vm-goodbye = Auf Wiederhören.
vm-mailbox_full = Diese Mailbox ist voll und nimmt keine weiteren Nachrichten an.
vm-recording_to_short = Die Aufnahme ist zu kurz. Bitte nehmen Sie sie noch einmal auf.
vm-enter_id = Bitte geben Sie Ihre Mailboxnummer ein und drücken Sie dann die { -hash }-Taste.
vm-enter_pass = Bitte geben Sie Ihre PIN ein und drücken Sie dann die { -hash }-Taste.
vm-fail_auth = Die Mailboxnummer oder die PIN ist falsch.
vm-abort = Das waren zu viele Versuche. Auf Wiederhören.
vm-no_access = Diese Mailbox kann von hier aus nicht geöffnet werden. Sie braucht zuerst eine PIN.
vm-main_menu = Um neue Nachrichten zu hören, drücken Sie die 1. Um gespeicherte Nachrichten zu hören, drücken Sie die 2. Um Ihre Einstellungen zu ändern, drücken Sie die 5. Zum Beenden drücken Sie die { -hash }-Taste.
vm-main_menu_not_configurable = Um neue Nachrichten zu hören, drücken Sie die 1. Um gespeicherte Nachrichten zu hören, drücken Sie die 2. Zum Beenden drücken Sie die { -hash }-Taste.
vm-message_menu = Um diese Nachricht zu behalten, drücken Sie die 1. Um sie noch einmal zu hören, drücken Sie die 2. Um sie weiterzuleiten, drücken Sie die 3. Für die vorige Nachricht drücken Sie die 4. Für die nächste Nachricht drücken Sie die 6. Um diese Nachricht zu löschen, drücken Sie die 7. Um den Absender anzurufen, drücken Sie die 9. Für das Hauptmenü drücken Sie die 0.
vm-settings_menu = Um Ihre Ansage aufzunehmen, drücken Sie die 1. Um Ihren Namen aufzunehmen, drücken Sie die 2. Um Ihre PIN zu ändern, drücken Sie die 3. Um eine vorübergehende Ansage aufzunehmen, drücken Sie die 4. Um die vorübergehende Ansage zu löschen, drücken Sie die 5. Um keine Nachrichten mehr anzunehmen und nur Ihre Ansage abzuspielen, drücken Sie die 6. Um zurückzugehen, drücken Sie die 0.
vm-settings_menu_announcement_on = Um Ihre Ansage aufzunehmen, drücken Sie die 1. Um Ihren Namen aufzunehmen, drücken Sie die 2. Um Ihre PIN zu ändern, drücken Sie die 3. Um eine vorübergehende Ansage aufzunehmen, drücken Sie die 4. Um die vorübergehende Ansage zu löschen, drücken Sie die 5. Um wieder Nachrichten anzunehmen, drücken Sie die 6. Um zurückzugehen, drücken Sie die 0.
vm-message_forwarding = Um zuerst eine Einleitung aufzunehmen, drücken Sie die 1. Um die Nachricht unverändert zu senden, drücken Sie die 2. Zum Abbrechen drücken Sie die 0.
vm-you_have = Sie haben
vm-new_message = neue Nachricht.
    .counted = eine neue Nachricht.
vm-new_messages = neue Nachrichten.
    .counted = { $count } neue Nachrichten.
vm-new_and = neue und
    .counted = { $count ->
        [one] eine neue und
       *[other] { $count } neue und
    }
vm-saved_message = gespeicherte Nachricht.
    .counted = eine gespeicherte Nachricht.
vm-saved_messages = gespeicherte Nachrichten.
    .counted = { $count } gespeicherte Nachrichten.
vm-no_messages = Sie haben keine Nachrichten.
vm-message_number = Nachricht
vm-received = Eingegangen
vm-a_call_from = Ein Anruf von
# Followed by a moment: „heute um 15 Uhr“, „am Freitag, dem siebenundzwanzigsten November, um 15 Uhr“.
vm-on = eingegangen
vm-setup_intro = Willkommen in Ihrer Mailbox. Wir richten sie nun ein.
vm-setup_rec_greeting = Nehmen Sie jetzt eine Ansage für Ihre Anrufer auf.
vm-setup_complete = Ihre Mailbox ist bereit.
vm-enter_new_pin = Bitte geben Sie eine neue PIN mit vier bis sechs Ziffern ein und drücken Sie dann die { -hash }-Taste.
vm-enter_new_pin_confirm = Bitte geben Sie die neue PIN noch einmal ein und drücken Sie dann die { -hash }-Taste.
vm-pin_set = Ihre PIN wurde geändert.
vm-pin_invalid = Die beiden PINs sind verschieden, oder die PIN hat nicht vier bis sechs Ziffern.
vm-record_greeting = Bitte sprechen Sie die Ansage nach dem Signalton und drücken Sie dann eine beliebige Taste.
vm-record_name = Bitte sprechen Sie Ihren Namen nach dem Signalton und drücken Sie dann eine beliebige Taste.
vm-record_temp_greeting = Bitte sprechen Sie die vorübergehende Ansage nach dem Signalton und drücken Sie dann eine beliebige Taste.
vm-enter_forward_id = Bitte geben Sie die Nummer der Mailbox ein, an die weitergeleitet werden soll, und drücken Sie dann die { -hash }-Taste.
vm-forward_abort = Die Nachricht wurde nicht weitergeleitet.
vm-forward_confirmed = Die Nachricht wurde weitergeleitet.

## Conferences and the directory

conf-welcome = Willkommen in der Konferenz.
conf-enter_conf_number = Bitte geben Sie die Nummer der Konferenz ein und drücken Sie dann die { -hash }-Taste.
conf-bad_conf = Es gibt keine Konferenz mit dieser Nummer.
conf-enter_conf_pin = Bitte geben Sie die PIN der Konferenz ein und drücken Sie dann die { -hash }-Taste.
conf-bad_pin = Diese PIN ist falsch.
conf-too_many_attempts = Das waren zu viele Versuche. Auf Wiederhören.
conf-max_participants = Diese Konferenz ist voll besetzt.
conf-joining_conference = Sie betreten jetzt die Konferenz.
conf-alone = Sie sind allein in dieser Konferenz.
conf-single = Außer Ihnen ist noch ein Teilnehmer in der Konferenz.
conf-there_are = Außer Ihnen sind noch
conf-other_participants = Teilnehmer in der Konferenz.
    .counted = { $count } Teilnehmer in der Konferenz.
conf-muted = Sie sind stummgeschaltet.
conf-unmuted = Sie sind wieder zu hören.
conf-deaf = Sie hören die anderen nicht mehr.
conf-undeaf = Sie hören die anderen wieder.
conf-announce_your_name = Bitte sprechen Sie Ihren Namen nach dem Signalton und drücken Sie dann eine beliebige Taste.
conf-review = Um die Aufnahme zu behalten, drücken Sie die 1. Um sie anzuhören, drücken Sie die 2. Um sie noch einmal aufzunehmen, drücken Sie die 3.
conf-has_joined = nimmt jetzt an der Konferenz teil.
conf-has_left = hat die Konferenz verlassen.
dir-enter_person_name = Bitte geben Sie den Namen der gewünschten Person mit den Buchstaben Ihrer Tastatur ein und drücken Sie dann die { -hash }-Taste.
dir-enter_person_firstname = Bitte geben Sie den Vornamen der gewünschten Person mit den Buchstaben Ihrer Tastatur ein und drücken Sie dann die { -hash }-Taste.
dir-enter_person_lastname = Bitte geben Sie den Nachnamen der gewünschten Person mit den Buchstaben Ihrer Tastatur ein und drücken Sie dann die { -hash }-Taste.
dir-specify_minimum = Bitte geben Sie mehr Buchstaben des Namens ein.
dir-no_results_found = Unter diesem Namen wurde niemand gefunden.
dir-no_more_results = Es gibt keine weiteren Namen.
dir-found = Gefunden:
dir-confirm_menu = Um diese Person anzurufen, drücken Sie die 1. Um noch einmal zu suchen, drücken Sie die 2.
dir-result_number = Treffer
dir-result_menu = Um diese Person anzurufen, drücken Sie die 1. Für den nächsten Namen drücken Sie die 2. Um noch einmal zu suchen, drücken Sie die 3.
dir-invalid_key = Entschuldigung, diese Taste hat hier keine Bedeutung.

## Services switched from a phone

disa-enter_pin = Bitte geben Sie Ihre PIN ein und drücken Sie dann die { -hash }-Taste.
disa-invalid_pin = Diese PIN ist falsch.
disa-retries_exceeded = Das waren zu viele Versuche. Auf Wiederhören.
disa-invalid_extension = Diese Nummer kann nicht gewählt werden.
hotdesk-enter_id = Bitte geben Sie Ihre Anmeldenummer ein und drücken Sie dann die { -hash }-Taste.
hotdesk-enter_pin = Bitte geben Sie Ihre Anmelde-PIN ein und drücken Sie dann die { -hash }-Taste.
hotdesk-invalid_entry = Die Nummer oder die PIN ist falsch.
hotdesk-logged_in = Sie sind jetzt an diesem Telefon angemeldet.
hotdesk-logged_out = Sie sind von diesem Telefon abgemeldet.
hotdesk-abort = Das waren zu viele Versuche. Auf Wiederhören.
hotdesk-disabled = Die Anmeldung an fremden Telefonen ist für Sie nicht eingerichtet.
dnd-activated = Die Anrufsperre „Bitte nicht stören“ ist eingeschaltet.
dnd-deactivated = Die Anrufsperre „Bitte nicht stören“ ist ausgeschaltet.
dnd-not_available = Die Anrufsperre „Bitte nicht stören“ kann von diesem Telefon aus nicht geändert werden.
cw-activated = Das Anklopfen ist eingeschaltet.
cw-deactivated = Das Anklopfen ist ausgeschaltet.
cw-not_available = Das Anklopfen kann von diesem Telefon aus nicht geändert werden.
cf-now_forwarded_to = Ihre Anrufe werden jetzt umgeleitet an
cf-disabled = Ihre Anrufe werden nicht mehr umgeleitet.
cf-enter_number = Bitte geben Sie die Nummer ein, an die Ihre Anrufe umgeleitet werden sollen, und drücken Sie dann die { -hash }-Taste.
cf-enabled_menu = Ihre Anrufe werden umgeleitet. Um die Umleitung zu beenden, drücken Sie die 1. Um die Nummer zu ändern, drücken Sie die 2.
cf-disabled_menu = Ihre Anrufe werden nicht umgeleitet. Um sie umzuleiten, drücken Sie die 1. Um die Nummer zu ändern, drücken Sie die 2.
cf-not_available = Die Umleitung kann von diesem Telefon aus nicht geändert werden.
cf-unauthorized_call = Sie dürfen diese Nummer nicht anrufen.
cf-move-no_owner = Dieses Telefon gehört niemandem. Deshalb kann kein Anruf hierher geholt werden.
cf-move-no_channel = Sie haben kein anderes Gespräch, das hierher geholt werden kann.
cf-move-too_many_channels = Sie haben mehrere andere Gespräche. Bitte beenden Sie alle bis auf eines.

## Queues, parking and picking up

agent-logged_in = Sie sind angemeldet und erhalten Anrufe.
agent-logged_out = Sie sind abgemeldet und erhalten keine Anrufe.
agent-invalid_choice = Entschuldigung, diese Auswahl ist nicht gültig.
agent-already_logged_in = Sie sind bereits angemeldet.
agent-not_call_center_agent = Sie gehören nicht zu dieser Gruppe.
agent-pause = Sie machen Pause.
agent-resume = Sie erhalten wieder Anrufe.
queue-you_are_at_position = Sie sind an Position
queue-in_the_queue = in der Warteschlange.
queue-the_estimated_wait_time_is = Die voraussichtliche Wartezeit beträgt
queue-about_5_minutes = etwa fünf Minuten.
queue-about_10_minutes = etwa zehn Minuten.
queue-about_15_minutes = etwa fünfzehn Minuten.
queue-about_30_minutes = etwa dreißig Minuten.
queue-about_45_minutes = etwa fünfundvierzig Minuten.
queue-about_1_hour = etwa eine Stunde.
queue-at_least_1_hour = mindestens eine Stunde.
queue-less_than_1_minute = weniger als eine Minute.
queue-increase_in_call_volume = Zurzeit erreichen uns mehr Anrufe als üblich. Vielen Dank für Ihre Geduld.
park-call_placed_in_spot = Ihr Gespräch wurde geparkt auf Platz
park-already_in_use = Dieser Platz ist bereits belegt.
park-no_caller = Es gibt hier keinen Anruf zum Übernehmen.
pickup-no_users = Hier gibt es niemanden, dessen Anrufe herangeholt werden können.
pickup-no_channels = Es gibt keinen Anruf zum Heranholen.
intercept-no_users = Hier gibt es niemanden, dessen Gespräche übernommen werden können.
intercept-no_channels = Es gibt kein Gespräch zum Übernehmen.
eavesdrop-no_channels = Es gibt kein Gespräch zum Mithören.
camper-queue = Dieses Telefon ist besetzt. Sie werden angerufen, sobald es frei ist.
camper-deny = Auf dieses Telefon können Sie nicht warten.

## Keys and signs, spoken one by one

say-star = Stern
say-hash = { -hash }
say-plus = plus

## Dates and times of day

say-weekday = { $weekday ->
    [1] Montag
    [2] Dienstag
    [3] Mittwoch
    [4] Donnerstag
    [5] Freitag
    [6] Samstag
   *[7] Sonntag
}
say-month = { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
}
# As in „der erste“; „dem ersten“ is made of it.
say-day = { $day ->
    [1] erste
    [2] zweite
    [3] dritte
    [4] vierte
    [5] fünfte
    [6] sechste
    [7] siebte
    [8] achte
    [9] neunte
    [10] zehnte
    [11] elfte
    [12] zwölfte
    [13] dreizehnte
    [14] vierzehnte
    [15] fünfzehnte
    [16] sechzehnte
    [17] siebzehnte
    [18] achtzehnte
    [19] neunzehnte
    [20] zwanzigste
    [21] einundzwanzigste
    [22] zweiundzwanzigste
    [23] dreiundzwanzigste
    [24] vierundzwanzigste
    [25] fünfundzwanzigste
    [26] sechsundzwanzigste
    [27] siebenundzwanzigste
    [28] achtundzwanzigste
    [29] neunundzwanzigste
    [30] dreißigste
   *[31] einunddreißigste
}
say-short_date = { say-weekday }, der { say-day } { say-month }
say-date = { say-short_date } { $year }
say-hours = { $hour ->
    [1] ein Uhr
   *[other] { $hour } Uhr
}
say-clock = { $minute ->
    [0] { say-hours }
   *[other] { say-hours } { $minute }
}
say-time = { say-clock }
say-date_time = { say-short_date } { $year }, { say-clock }
say-since = { $when ->
    [today] heute um { say-clock }
    [yesterday] gestern um { say-clock }
    [year] am { say-weekday }, dem { say-day }n { say-month } { $year }, um { say-clock }
   *[date] am { say-weekday }, dem { say-day }n { say-month }, um { say-clock }
}
