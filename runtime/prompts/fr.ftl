# What the system says to callers, in French. See en.ftl.

-hash = dièse

## Menus, connecting and faults

menu-no_prompt = Ce menu n'a pas encore de message d'accueil. Pour en enregistrer un, composez le code d'enregistrement du menu.
menu-invalid_entry = Désolé, ce choix n'est pas valable.
menu-exit = Désolé, nous n'avons pas compris votre choix.
menu-transferring_call = Un instant, s'il vous plaît. Nous vous mettons en relation.
menu-return = Retour au menu.
fault-can_not_be_completed_as_dialed = Le numéro que vous avez composé ne peut pas être joint. Veuillez vérifier le numéro et rappeler.
fault-can_not_be_completed_at_this_time = Votre appel ne peut pas aboutir pour le moment. Veuillez rappeler plus tard.
fault-facility_trouble = À la suite d'un incident technique, nous ne pouvons pas vous mettre en relation. Veuillez rappeler plus tard.
fault-too_many_invalid_entries = Vous avez fait trop d'erreurs. Au revoir.
general-call_is_being_recorded = Cet appel est enregistré.
ivr-group_confirm = Vous avez un appel. Pour le prendre, tapez 1.
temporal-menu = Pour activer cette plage horaire, tapez 1. Pour la désactiver, tapez 2. Pour suivre à nouveau l'horloge, tapez 3.
temporal-marked_enabled = La plage horaire est maintenant activée.
temporal-marked_disabled = La plage horaire est maintenant désactivée.
temporal-marker_reset = La plage horaire suit à nouveau l'horloge.
dynamic-cid-enter_cid = Veuillez composer le numéro à présenter à votre correspondant, puis tapez sur la touche { -hash }.
dynamic-cid-invalid_using_default = Ce numéro ne peut pas être présenté. Votre numéro habituel sera utilisé.

## Voicemail

vm-person = La personne au poste
vm-not_available = n'est pas disponible.
vm-person_not_available = La personne que vous appelez n'est pas disponible. Veuillez laisser un message.
vm-greeting_intro = Bonjour. Vous êtes sur la messagerie de
vm-not_available_no_voicemail = La personne que vous appelez ne peut pas être jointe et n'a pas de messagerie.
vm-record_message = Veuillez laisser votre message après le signal sonore. Quand vous aurez terminé, raccrochez, ou appuyez sur n'importe quelle touche pour d'autres choix.
vm-review_recording = Pour sauvegarder l'enregistrement, tapez 1. Pour l'écouter, tapez 2. Pour recommencer, tapez 3.
vm-saved = C'est sauvegardé.
vm-deleted = C'est supprimé.
vm-thank_you = Merci.
vm-goodbye = Au revoir.
vm-mailbox_full = Cette messagerie est pleine et ne prend plus de messages.
vm-recording_to_short = L'enregistrement est trop court. Veuillez recommencer.
vm-enter_id = Veuillez composer votre numéro de messagerie, puis tapez sur la touche { -hash }.
vm-enter_pass = Veuillez composer votre code, puis tapez sur la touche { -hash }.
vm-fail_auth = Le numéro de messagerie ou le code est erroné.
vm-abort = Trop de tentatives. Au revoir.
vm-no_access = Cette messagerie ne peut pas être consultée d'ici. Il lui faut d'abord un code.
vm-main_menu = Pour écouter vos nouveaux messages, tapez 1. Pour écouter vos messages sauvegardés, tapez 2. Pour modifier vos réglages, tapez 5. Pour quitter, tapez sur la touche { -hash }.
vm-main_menu_not_configurable = Pour écouter vos nouveaux messages, tapez 1. Pour écouter vos messages sauvegardés, tapez 2. Pour quitter, tapez sur la touche { -hash }.
vm-message_menu = Pour conserver ce message, tapez 1. Pour le réécouter, tapez 2. Pour le transférer, tapez 3. Pour le message précédent, tapez 4. Pour le message suivant, tapez 6. Pour supprimer ce message, tapez 7. Pour rappeler votre correspondant, tapez 9. Pour le menu principal, tapez 0.
vm-settings_menu = Pour enregistrer votre message d'accueil, tapez 1. Pour enregistrer votre nom, tapez 2. Pour changer votre code, tapez 3. Pour enregistrer un accueil temporaire, tapez 4. Pour supprimer l'accueil temporaire, tapez 5. Pour ne plus prendre de messages et diffuser seulement votre accueil, tapez 6. Pour revenir en arrière, tapez 0.
vm-settings_menu_announcement_on = Pour enregistrer votre message d'accueil, tapez 1. Pour enregistrer votre nom, tapez 2. Pour changer votre code, tapez 3. Pour enregistrer un accueil temporaire, tapez 4. Pour supprimer l'accueil temporaire, tapez 5. Pour prendre à nouveau des messages, tapez 6. Pour revenir en arrière, tapez 0.
vm-message_forwarding = Pour enregistrer d'abord une introduction, tapez 1. Pour envoyer le message tel quel, tapez 2. Pour annuler, tapez 0.
vm-you_have = Vous avez
vm-new_message = nouveau message.
    .counted = { $count } nouveau message.
vm-new_messages = nouveaux messages.
    .counted = { $count } nouveaux messages.
vm-new_and = nouveaux messages et
    .counted = { $count ->
        [one] { $count } nouveau message et
       *[other] { $count } nouveaux messages et
    }
vm-saved_message = message sauvegardé.
    .counted = { $count } message sauvegardé.
vm-saved_messages = messages sauvegardés.
    .counted = { $count } messages sauvegardés.
vm-no_messages = Vous n'avez aucun message.
vm-message_number = Message numéro
vm-received = Reçu
vm-a_call_from = Un appel du
# Followed by a moment: « aujourd'hui à 15 heures », « le vendredi 27 novembre à 15 heures ».
vm-on = reçu
vm-setup_intro = Bienvenue dans votre messagerie. Nous allons la configurer.
vm-setup_rec_greeting = Enregistrez maintenant un message d'accueil pour vos correspondants.
vm-setup_complete = Votre messagerie est prête.
vm-enter_new_pin = Veuillez composer un nouveau code de quatre à six chiffres, puis tapez sur la touche { -hash }.
vm-enter_new_pin_confirm = Veuillez composer le nouveau code encore une fois, puis tapez sur la touche { -hash }.
vm-pin_set = Votre code a été modifié.
vm-pin_invalid = Les deux codes sont différents, ou le code ne comporte pas de quatre à six chiffres.
vm-record_greeting = Veuillez enregistrer le message d'accueil après le signal sonore, puis appuyez sur n'importe quelle touche.
vm-record_name = Veuillez dire votre nom après le signal sonore, puis appuyez sur n'importe quelle touche.
vm-record_temp_greeting = Veuillez enregistrer l'accueil temporaire après le signal sonore, puis appuyez sur n'importe quelle touche.
vm-enter_forward_id = Veuillez composer le numéro de la messagerie destinataire, puis tapez sur la touche { -hash }.
vm-forward_abort = Le message n'a pas été transféré.
vm-forward_confirmed = Le message a été transféré.

## Conferences and the directory

conf-welcome = Bienvenue dans la conférence.
conf-enter_conf_number = Veuillez composer le numéro de la conférence, puis tapez sur la touche { -hash }.
conf-bad_conf = Aucune conférence ne porte ce numéro.
conf-enter_conf_pin = Veuillez composer le code de la conférence, puis tapez sur la touche { -hash }.
conf-bad_pin = Ce code est erroné.
conf-too_many_attempts = Trop de tentatives. Au revoir.
conf-max_participants = Cette conférence est complète.
conf-joining_conference = Vous entrez dans la conférence.
conf-alone = Vous êtes seul dans cette conférence.
conf-single = Il y a un autre participant.
conf-there_are = Il y a
conf-other_participants = autres participants.
    .counted = { $count } autres participants.
conf-muted = Votre micro est coupé.
conf-unmuted = On vous entend à nouveau.
conf-deaf = Vous n'entendez plus les autres.
conf-undeaf = Vous entendez à nouveau les autres.
conf-announce_your_name = Veuillez dire votre nom après le signal sonore, puis appuyez sur n'importe quelle touche.
conf-review = Pour conserver l'enregistrement, tapez 1. Pour l'écouter, tapez 2. Pour recommencer, tapez 3.
conf-has_joined = vient d'entrer dans la conférence.
conf-has_left = vient de quitter la conférence.
dir-enter_person_name = Veuillez composer le nom de votre correspondant avec les lettres du clavier, puis tapez sur la touche { -hash }.
dir-enter_person_firstname = Veuillez composer le prénom de votre correspondant avec les lettres du clavier, puis tapez sur la touche { -hash }.
dir-enter_person_lastname = Veuillez composer le nom de famille de votre correspondant avec les lettres du clavier, puis tapez sur la touche { -hash }.
dir-specify_minimum = Veuillez composer davantage de lettres du nom.
dir-no_results_found = Personne de ce nom n'a été trouvé.
dir-no_more_results = Il n'y a pas d'autres noms.
dir-found = Nous avons trouvé :
dir-confirm_menu = Pour appeler cette personne, tapez 1. Pour chercher à nouveau, tapez 2.
dir-result_number = Résultat
dir-result_menu = Pour appeler cette personne, tapez 1. Pour le nom suivant, tapez 2. Pour chercher à nouveau, tapez 3.
dir-invalid_key = Désolé, cette touche n'a pas de fonction ici.

## Services switched from a phone

disa-enter_pin = Veuillez composer votre code, puis tapez sur la touche { -hash }.
disa-invalid_pin = Ce code est erroné.
disa-retries_exceeded = Trop de tentatives. Au revoir.
disa-invalid_extension = Ce numéro ne peut pas être composé.
hotdesk-enter_id = Veuillez composer votre numéro de bureau partagé, puis tapez sur la touche { -hash }.
hotdesk-enter_pin = Veuillez composer votre code de bureau partagé, puis tapez sur la touche { -hash }.
hotdesk-invalid_entry = Le numéro ou le code est erroné.
hotdesk-logged_in = Ce téléphone est maintenant le vôtre.
hotdesk-logged_out = Vous êtes déconnecté de ce téléphone.
hotdesk-abort = Trop de tentatives. Au revoir.
hotdesk-disabled = Le bureau partagé n'est pas configuré pour vous.
dnd-activated = La fonction ne pas déranger est activée.
dnd-deactivated = La fonction ne pas déranger est désactivée.
dnd-not_available = La fonction ne pas déranger ne peut pas être modifiée depuis ce téléphone.
cw-activated = Le signal d'appel est activé.
cw-deactivated = Le signal d'appel est désactivé.
cw-not_available = Le signal d'appel ne peut pas être modifié depuis ce téléphone.
cf-now_forwarded_to = Vos appels sont maintenant renvoyés vers le
cf-disabled = Vos appels ne sont plus renvoyés.
cf-enter_number = Veuillez composer le numéro vers lequel renvoyer vos appels, puis tapez sur la touche { -hash }.
cf-enabled_menu = Vos appels sont renvoyés. Pour arrêter le renvoi, tapez 1. Pour changer le numéro, tapez 2.
cf-disabled_menu = Vos appels ne sont pas renvoyés. Pour les renvoyer, tapez 1. Pour changer le numéro, tapez 2.
cf-not_available = Le renvoi d'appel ne peut pas être modifié depuis ce téléphone.
cf-unauthorized_call = Vous n'êtes pas autorisé à appeler ce numéro.
cf-move-no_owner = Ce téléphone n'est attribué à personne, aucun appel ne peut donc y être déplacé.
cf-move-no_channel = Vous n'avez pas d'autre appel à déplacer.
cf-move-too_many_channels = Vous avez plusieurs autres appels. Veuillez n'en garder qu'un.

## Queues, parking and picking up

agent-logged_in = Vous êtes connecté et vous recevrez des appels.
agent-logged_out = Vous êtes déconnecté et vous ne recevrez plus d'appels.
agent-invalid_choice = Désolé, ce choix n'est pas valable.
agent-already_logged_in = Vous êtes déjà connecté.
agent-not_call_center_agent = Vous n'êtes pas membre de ce groupe.
agent-pause = Vous êtes en pause.
agent-resume = Vous recevrez à nouveau des appels.
queue-you_are_at_position = Vous êtes en position
queue-in_the_queue = dans la file d'attente.
queue-the_estimated_wait_time_is = Le temps d'attente estimé est
queue-about_5_minutes = d'environ cinq minutes.
queue-about_10_minutes = d'environ dix minutes.
queue-about_15_minutes = d'environ quinze minutes.
queue-about_30_minutes = d'environ trente minutes.
queue-about_45_minutes = d'environ quarante-cinq minutes.
queue-about_1_hour = d'environ une heure.
queue-at_least_1_hour = d'au moins une heure.
queue-less_than_1_minute = de moins d'une minute.
queue-increase_in_call_volume = Nous recevons plus d'appels que d'habitude. Merci de votre patience.
park-call_placed_in_spot = Votre appel est mis en attente à la place
park-already_in_use = Cette place est déjà occupée.
park-no_caller = Il n'y a pas d'appel à reprendre.
pickup-no_users = Il n'y a ici personne dont les appels puissent être interceptés.
pickup-no_channels = Il n'y a pas d'appel à intercepter.
intercept-no_users = Il n'y a ici personne dont les appels puissent être repris.
intercept-no_channels = Il n'y a pas d'appel à reprendre.
eavesdrop-no_channels = Il n'y a pas d'appel à écouter.
camper-queue = Ce téléphone est occupé. Vous serez rappelé quand il sera libre.
camper-deny = Vous ne pouvez pas attendre ce téléphone.

## Keys and signs, spoken one by one

say-star = étoile
say-hash = { -hash }
say-plus = plus

## Dates and times of day

say-weekday = { $weekday ->
    [1] lundi
    [2] mardi
    [3] mercredi
    [4] jeudi
    [5] vendredi
    [6] samedi
   *[7] dimanche
}
say-month = { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}
say-day = { $day ->
    [1] premier
   *[other] { $day }
}
say-short_date = { say-weekday } { say-day } { say-month }
say-date = { say-short_date } { $year }
say-hours = { $hour ->
    [0] minuit
    [1] une heure
    [12] midi
    [21] vingt et une heures
   *[other] { $hour } heures
}
say-clock = { $minute ->
    [0] { say-hours }
   *[other] { say-hours } { $minute }
}
say-time = { say-clock }
say-date_time = { say-short_date } { $year } à { say-clock }
say-since = { $when ->
    [today] aujourd'hui à { say-clock }
    [yesterday] hier à { say-clock }
    [year] le { say-short_date } { $year } à { say-clock }
   *[date] le { say-short_date } à { say-clock }
}
