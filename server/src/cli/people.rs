//! `patchcord user` and `patchcord token`.

use super::{Configured, Failure, say, with_store};
use std::io::{BufRead, IsTerminal, Write};
use store::{Access, NewPerson, Role, TokenKind};

#[derive(clap::Subcommand)]
pub(super) enum User {
    /// Let somebody sign in; the password is read from standard input
    Add {
        /// Address they sign in with
        email: String,
        /// Their account
        #[arg(long, value_name = "ID")]
        account: String,
        /// `admin` of that account, or `reseller` of it and everything below
        #[arg(long, default_value = "admin", value_parser = ["admin", "reseller"])]
        role: String,
        /// Display name
        #[arg(long, default_value = "")]
        name: String,
        #[command(flatten)]
        configured: Box<Configured>,
    },
    /// Set a person's password, read from standard input, and end their sessions
    Password {
        /// Address they sign in with
        email: String,
        #[command(flatten)]
        configured: Box<Configured>,
    },
}

#[derive(clap::Subcommand)]
pub(super) enum Token {
    /// Make a token that acts for somebody, valid for a year, and print it
    Add {
        /// Address of the person it acts for
        email: String,
        /// What it is for
        #[arg(long, default_value = "command line")]
        label: String,
        #[command(flatten)]
        configured: Box<Configured>,
    },
}

/// Passwords come by standard input: arguments and environments can be read by other programs.
fn password() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        let _ = write!(std::io::stderr(), "Password: ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

pub(super) fn user(user: User) -> Result<(), Failure> {
    match user {
        User::Add {
            email,
            account,
            role,
            name,
            configured,
        } => {
            let password = password()?;
            with_store(*configured, async move |store, _| {
                let access = Access::of_program(&account);
                store.account(&access).await?;
                let person = NewPerson {
                    email,
                    name,
                    role: Role::parse(&role).unwrap_or(Role::Admin),
                    password,
                };
                let person = store.add_person(&access, person).await?;
                say(&person.id);
                Ok(())
            })
        }
        User::Password { email, configured } => {
            let password = password()?;
            with_store(*configured, async move |store, _| {
                Ok(store.set_password(&email, &password).await?)
            })
        }
    }
}

pub(super) fn token(token: Token) -> Result<(), Failure> {
    let Token::Add {
        email,
        label,
        configured,
    } = token;
    with_store(*configured, async move |store, _| {
        let caller = store.caller_by_email(&email).await?;
        let issued = store
            .issue_token(&caller, TokenKind::Script, &label)
            .await?;
        say(&issued.token);
        Ok(())
    })
}
