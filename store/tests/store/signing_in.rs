//! Passwords, sessions, tokens.

use crate::bench::{PASSWORD, each};
use store::{Error, NewPerson, Role, TokenKind};

const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn right_password_gives_a_token_that_names_the_person() {
    each(async |bench| {
        let signed = bench
            .store
            .sign_in(
                "Admin@Fernhill.example ",
                PASSWORD,
                "192.0.2.1",
                TokenKind::Api,
            )
            .await
            .unwrap();
        assert_eq!(signed.caller.email, "admin@fernhill.example");
        assert_eq!(signed.issued.token.len(), 43);
        let caller = bench
            .store
            .caller(&signed.issued.token, TokenKind::Api)
            .await
            .unwrap();
        assert_eq!(caller, Some(signed.caller));
        let as_cookie = bench
            .store
            .caller(&signed.issued.token, TokenKind::Cookie)
            .await
            .unwrap();
        assert_eq!(as_cookie, None);
    })
    .await;
}

#[tokio::test]
async fn unknown_person_and_wrong_password_fail_alike() {
    each(async |bench| {
        for (email, password) in [
            ("admin@fernhill.example", "wrong"),
            ("nobody@fernhill.example", PASSWORD),
            ("", ""),
        ] {
            let failed = bench
                .store
                .sign_in(email, password, "192.0.2.1", TokenKind::Api)
                .await;
            assert!(
                matches!(failed, Err(Error::BadCredentials)),
                "{email}: {failed:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_even_with_the_right_password() {
    each(async |bench| {
        for _ in 0..8 {
            let _ = bench
                .store
                .sign_in(
                    "admin@fernhill.example",
                    "wrong",
                    "192.0.2.1",
                    TokenKind::Api,
                )
                .await;
        }
        let right = async |source: &str| {
            let email = "admin@fernhill.example";
            let store = &bench.store;
            store.sign_in(email, PASSWORD, source, TokenKind::Api).await
        };
        let slowed = right("192.0.2.1").await;
        assert!(
            matches!(slowed, Err(Error::TooManyAttempts { .. })),
            "{slowed:?}"
        );
        // Nobody is locked out by what others do elsewhere.
        right("192.0.2.9").await.unwrap();
        bench.advance_ms(31_000);
        right("192.0.2.1").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn guessing_from_many_places_does_not_keep_the_right_password_out() {
    each(async |bench| {
        let email = "admin@fernhill.example";
        let attempt = async |password: &str, source: &str| {
            let store = &bench.store;
            store.sign_in(email, password, source, TokenKind::Api).await
        };
        for n in 0..26 {
            let failed = attempt("wrong", &format!("192.0.2.{n}")).await;
            assert!(matches!(failed, Err(Error::BadCredentials)), "{failed:?}");
        }
        attempt(PASSWORD, "198.51.100.1").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn session_ends_when_idle_and_lives_while_used_until_its_absolute_end() {
    each(async |bench| {
        let sign_in = || {
            bench.store.sign_in(
                "admin@fernhill.example",
                PASSWORD,
                "192.0.2.1",
                TokenKind::Cookie,
            )
        };
        let idle = sign_in().await.unwrap().issued.token;
        let used = sign_in().await.unwrap().issued.token;
        let known = async |token: &str| {
            bench
                .store
                .caller(token, TokenKind::Cookie)
                .await
                .unwrap()
                .is_some()
        };
        bench.advance_ms(11 * HOUR_MS);
        assert!(known(&used).await);
        bench.advance_ms(2 * HOUR_MS);
        assert!(known(&used).await);
        assert!(!known(&idle).await);
        for _ in 0..15 {
            bench.advance_ms(11 * HOUR_MS);
            known(&used).await;
        }
        assert!(!known(&used).await, "seven days are over");
    })
    .await;
}

#[tokio::test]
async fn signing_out_and_changing_the_password_end_tokens() {
    each(async |bench| {
        let first = bench
            .store
            .sign_in(
                "admin@fernhill.example",
                PASSWORD,
                "192.0.2.1",
                TokenKind::Api,
            )
            .await
            .unwrap();
        bench.store.revoke_token(&first.issued.token).await.unwrap();
        assert_eq!(
            bench
                .store
                .caller(&first.issued.token, TokenKind::Api)
                .await
                .unwrap(),
            None
        );
        let second = bench
            .store
            .sign_in(
                "admin@fernhill.example",
                PASSWORD,
                "192.0.2.1",
                TokenKind::Api,
            )
            .await
            .unwrap();
        bench
            .store
            .set_password("admin@fernhill.example", "another password")
            .await
            .unwrap();
        assert_eq!(
            bench
                .store
                .caller(&second.issued.token, TokenKind::Api)
                .await
                .unwrap(),
            None
        );
        assert!(
            bench
                .store
                .sign_in(
                    "admin@fernhill.example",
                    PASSWORD,
                    "192.0.2.1",
                    TokenKind::Api
                )
                .await
                .is_err()
        );
        assert!(
            bench
                .store
                .sign_in(
                    "admin@fernhill.example",
                    "another password",
                    "192.0.2.1",
                    TokenKind::Api
                )
                .await
                .is_ok()
        );
    })
    .await;
}

#[tokio::test]
async fn people_have_one_address_each_and_a_password_of_some_length() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let person = |email: &str, password: &str| NewPerson {
            email: email.into(),
            name: String::new(),
            role: Role::Admin,
            password: password.into(),
        };
        let short = bench
            .store
            .add_person(&access, person("new@fernhill.example", "short"))
            .await;
        assert!(matches!(short, Err(Error::Invalid { .. })));
        bench
            .store
            .add_person(&access, person("new@fernhill.example", "long enough"))
            .await
            .unwrap();
        let twice = bench
            .store
            .add_person(&access, person("NEW@fernhill.example", "long enough"))
            .await;
        assert!(matches!(twice, Err(Error::Taken(_))));
    })
    .await;
}
