//! The program as operators and scripts run it.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program with nothing of this machine's configuration.
fn patchcord(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchcord"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("PATCHCORD_DATA", dir.join("data"))
        .current_dir(dir);
    command
}

fn run(command: &mut Command, input: &str) -> (i32, String, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn write(dir: &Path, name: &str, document: &Value) {
    std::fs::write(dir.join(name), document.to_string()).unwrap();
}

fn greeting() -> Value {
    json!({"name": "Greeting", "numbers": ["1"], "flow": {
        "module": "sleep", "data": {"duration": 3}, "children": {"_": {"module": "response", "data": {"code": 486}}},
    }})
}

/// Serves with the demo until SIGTERM; `work` gets the first line.
fn serving(dir: &Path, work: impl FnOnce(&str)) -> (i32, String) {
    let mut child = patchcord(dir)
        .args([
            "serve",
            "--http",
            "127.0.0.1:0",
            "--sip",
            "127.0.0.1:0",
            "--demo",
        ])
        .env("PATCHCORD_DEMO_PASSWORD", "demo-password")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    work(&line);
    let killed = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(killed.success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    (child.wait().unwrap().code().unwrap(), rest)
}

#[test]
fn check_lists_problems_one_a_line_and_exits_1_for_errors() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "good.json", &greeting());
    write(
        dir.path(),
        "bad.json",
        &json!({"flow": {"module": "menu", "data": {}, "children": {}}}),
    );
    write(
        dir.path(),
        "unknown.json",
        &json!({"flow": {"module": "vendor_thing", "data": {}, "children": {}}}),
    );
    std::fs::write(dir.path().join("broken.json"), "{").unwrap();
    let check = |file: &str| run(patchcord(dir.path()).args(["check", file]), "");
    let (code, out, _) = check("good.json");
    assert_eq!((code, out.as_str()), (0, ""));
    let (code, out, _) = check("bad.json");
    assert_eq!(code, 1);
    assert!(
        out.lines()
            .any(|line| line.starts_with("bad.json:n1: FIELD_REQUIRED error ")),
        "{out}"
    );
    let (code, out, _) = check("unknown.json");
    assert_eq!(code, 0);
    assert!(
        out.starts_with("unknown.json:n1: MODULE_UNKNOWN warning "),
        "{out}"
    );
    assert_eq!(check("broken.json").0, 1);
    assert_eq!(check("absent.json").0, 1);
}

#[test]
fn check_knows_the_resources_of_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let menu = |id: &str| json!({"name": "Main", "flow": {"module": "menu", "data": {"id": id}, "children": {}}});
    let menus = json!({"menus": {"m": {"name": "Day"}}});
    write(dir.path(), "one.json", &menu("m"));
    write(dir.path(), "menus.json", &menus);
    write(
        dir.path(),
        "set.json",
        &json!({"menus": menus["menus"], "callflows": [menu("m"), menu("gone"), {"flow": 7}]}),
    );
    let check = |files: &[&str]| run(patchcord(dir.path()).arg("check").args(files), "");
    let errors = |out: &str| out.lines().filter(|line| line.contains(" error ")).count();
    // Alone it cannot be known whether the menu is there.
    assert_eq!(errors(&check(&["one.json"]).1), 0);
    assert_eq!(check(&["one.json", "menus.json"]).0, 0);
    let (code, out, _) = check(&["set.json"]);
    assert_eq!((code, errors(&out)), (1, 2), "{out}");
    assert!(
        out.contains("set.json:n1: RESOURCE_MISSING error “Main”: "),
        "{out}"
    );
    assert!(
        out.contains("set.json:: DOCUMENT_UNREADABLE error callflows 3: It is no callflow"),
        "{out}"
    );
}

#[test]
fn sets_go_into_an_account_and_out_again() {
    let dir = tempfile::tempdir().unwrap();
    serving(dir.path(), |_| {});
    let exported = |arguments: &[&str], account: &str| -> Value {
        let mut command = patchcord(dir.path());
        command
            .args(["export", "--account", account])
            .args(arguments);
        let (code, out, error) = run(&mut command, "");
        assert_eq!(code, 0, "{error}");
        serde_json::from_str(&out).unwrap()
    };
    let import = |account: &str, arguments: &[&str], input: &str| {
        let mut command = patchcord(dir.path());
        command
            .args(["import", "--account", account])
            .args(arguments);
        run(&mut command, input)
    };
    let account = account(dir.path());
    let before = exported(&[], &account);

    write(
        dir.path(),
        "flow.json",
        &json!({"id": "c", "name": "Line", "numbers": ["3000"], "flow": {"module": "user", "data": {"id": "u", "timeout": "20"}}}),
    );
    write(
        dir.path(),
        "users.json",
        &json!({"users": {"u": {"first_name": "Ann", "last_name": "Ash"}}}),
    );
    let (code, out, error) = import(&account, &["--dry-run", "flow.json", "users.json"], "");
    assert_eq!(code, 0, "{error}");
    for line in [
        "understood Line: Callflow with 1 step",
        "understood Ann Ash: User",
        "adapted Line, step n1 (user), timeout: “20” is read as 20",
    ] {
        assert!(out.lines().any(|own| own == line), "{line}\n{out}");
    }
    assert_eq!(exported(&[], &account), before);

    let broken = r#"[{"flow": 7}, {"flow": {"module": "echo"}, "name": "Echo"}]"#;
    let (code, out, error) = import(&account, &["-"], broken);
    assert_eq!(code, 1);
    assert!(
        out.contains("refused document 1: It is no callflow"),
        "{out}"
    );
    assert!(error.contains("--partial"), "{error}");
    assert_eq!(exported(&[], &account), before);
    let (code, out, _) = import(&account, &["--partial", "-"], broken);
    assert_eq!(code, 1);
    assert!(out.lines().any(|line| line.ends_with(" Echo")), "{out}");

    let (code, out, error) = import(&account, &["flow.json", "users.json"], "");
    assert_eq!(code, 0, "{error}");
    let (id, _) = out.lines().last().unwrap().split_once(' ').unwrap();
    let after = exported(&["--format", "kazoo"], &account);
    let flow = after["callflows"].as_array().unwrap().iter();
    let flow = flow.clone().find(|flow| flow["id"] == id).unwrap();
    let users = after["users"].as_array().unwrap();
    let ann = users.iter().find(|user| user["first_name"] == "Ann");
    assert_eq!(flow["flow"]["data"]["id"], ann.unwrap()["id"]);
    let (code, _, error) = import(&account, &["absent.json"], "");
    assert_eq!(code, 1);
    assert!(error.contains("absent.json"), "{error}");
}

/// The account of the demo's second customer, as the web would show it.
fn account(dir: &Path) -> String {
    let token = run(
        patchcord(dir).args(["token", "add", "admin@oakfield.example"]),
        "",
    );
    let mut account = String::new();
    serving(dir, |line| {
        let http = line.split(' ').find_map(|part| part.strip_prefix("http="));
        account = owner(http.unwrap(), token.1.trim());
    });
    account
}

/// Whose account a token reaches.
fn owner(http: &str, token: &str) -> String {
    let client = tokio::runtime::Runtime::new().unwrap();
    let list: Value = client.block_on(async {
        let request = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = request.get(format!("http://{http}/api/v1/accounts"));
        let answer = request.bearer_auth(token).send().await.unwrap();
        answer.json().await.unwrap()
    });
    list["items"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn wrong_use_exits_2_and_says_what_is_right() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [
        vec!["check"],
        vec!["no-such-command"],
        vec!["migrate", "--sip", "5060"],
        vec!["migrate", "--config", "absent.toml"],
        vec!["simulate", "x.json", "--keys", "q"],
        vec!["restore", "absent"],
    ] {
        let (code, _, error) = run(patchcord(dir.path()).args(&arguments), "");
        assert_eq!(code, 2, "{arguments:?}: {error}");
        assert!(!error.is_empty(), "{arguments:?}");
    }
    assert_eq!(run(patchcord(dir.path()).arg("--help"), "").0, 0);
}

#[test]
fn simulate_prints_the_path_with_its_times() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "flow.json", &greeting());
    let mut command = patchcord(dir.path());
    command.args([
        "simulate",
        "flow.json",
        "--from",
        "+441632960001",
        "--at",
        "2026-07-01T10:00:00Z",
    ]);
    let (code, out, error) = run(&mut command, "");
    assert_eq!(code, 0, "{error}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[0].contains("0.000s") && lines[0].contains("enter sleep"),
        "{out}"
    );
    assert!(
        out.contains("3.000s") && out.contains("enter response"),
        "{out}"
    );
    assert!(lines.last().unwrap().contains("end "), "{out}");
}

#[test]
fn program_says_where_it_listens_and_ends_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let (code, rest) = serving(dir.path(), |line| {
        assert!(line.starts_with("listening http=127.0.0.1:"), "{line}");
        assert!(
            line.contains(" sip_udp=127.0.0.1:") && line.contains(" sip_tcp=127.0.0.1:"),
            "{line}"
        );
        assert!(
            !line.contains(":0 ") && !line.trim_end().ends_with(":0"),
            "{line}"
        );
    });
    assert_eq!(code, 0);
    assert!(
        rest.contains("admin@fernhill.example") && rest.contains("demo-password"),
        "{rest}"
    );
    // The second start tells the password of the first.
    let (_, rest) = serving(dir.path(), |_| {});
    assert!(rest.contains("demo-password"), "{rest}");
}

#[test]
fn people_tokens_documents_and_backups_are_handled_without_the_web() {
    let dir = tempfile::tempdir().unwrap();
    serving(dir.path(), |_| {});
    let cli = |arguments: &[&str], input: &str| {
        let (code, out, error) = run(patchcord(dir.path()).args(arguments), input);
        assert_eq!(code, 0, "{arguments:?}: {error}");
        out
    };
    let token = cli(&["token", "add", "admin@fernhill.example"], "");
    assert_eq!(token.trim().len(), 43);
    cli(
        &["user", "password", "admin@fernhill.example"],
        "a new password\n",
    );
    let (code, _, error) = run(
        patchcord(dir.path()).args(["user", "password", "admin@fernhill.example"]),
        "short\n",
    );
    assert_eq!(code, 1);
    assert!(error.contains("password"), "{error}");

    let backup = dir.path().join("backup");
    cli(&["backup", backup.to_str().unwrap()], "");
    let other = dir.path().join("other");
    let restored = |arguments: &[&str]| {
        let mut command = patchcord(dir.path());
        command.env("PATCHCORD_DATA", &other).args(arguments);
        run(&mut command, "")
    };
    assert_eq!(restored(&["restore", backup.to_str().unwrap()]).0, 0);
    assert_eq!(
        restored(&["restore", backup.to_str().unwrap()]).0,
        2,
        "it is not empty any more"
    );
    assert_eq!(restored(&["token", "add", "admin@oakfield.example"]).0, 0);
}
