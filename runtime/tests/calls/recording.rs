//! Recordings of whole calls, and of what callers say, as the control side gets them.

use crate::exchange::{Exchange, ring};
use crate::phone::{PATIENCE, Phone};
use runtime::media::Codec;
use runtime::{Recording, Report};
use serde_json::{Value, json};
use sip::event::CallId;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CALLER: i16 = 1_000;
const CALLEE: i16 = -2_000;

fn step(module: &str, data: &Value, next: &Value) -> Value {
    json!({"module": module, "data": data, "children": {"_": next}})
}

fn record(mut data: Value, next: &Value) -> Value {
    let object = data.as_object_mut().unwrap();
    object.entry("action").or_insert(json!("start"));
    object.entry("format").or_insert(json!("wav"));
    step("record_call", &data, next)
}

/// Two phones that talk by the flow of 2002.
async fn talking(exchange: &mut Exchange, flow: Value) -> (Phone, CallId, Phone) {
    exchange.flow("2002", flow).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    caller.rtp.speak(Codec::Pcma.encode(CALLER));
    callee.rtp.speak(Codec::Pcma.encode(CALLEE));
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    caller.rtp.hears(Codec::Pcma.encode(CALLEE), 50).await;
    (caller, call, callee)
}

async fn recording(exchange: &mut Exchange) -> Recording {
    exchange
        .report("a recording", |report| match report {
            Report::Recording(recording) => Some(*recording),
            _ => None,
        })
        .await
}

/// Of each channel, how many frames of 20 ms are silent and how many speak about this value.
fn read(path: &Path, values: &[i16]) -> Vec<(usize, usize)> {
    let mut reader = hound::WavReader::open(path).unwrap();
    let channels = usize::from(reader.spec().channels);
    assert_eq!(channels, values.len());
    let all: Vec<i16> = reader.samples().map(|sample| sample.unwrap()).collect();
    let side = |(at, value): (usize, &i16)| {
        let samples: Vec<i16> = all.iter().copied().skip(at).step_by(channels).collect();
        let frames = |wanted: i16| {
            let near = |sample: &i16| (i32::from(*sample) - i32::from(wanted)).abs() < 100;
            samples
                .chunks(160)
                .filter(|frame| frame.iter().all(near))
                .count()
        };
        (frames(0), frames(*value))
    };
    values.iter().enumerate().map(side).collect()
}

fn in_progress(exchange: &Exchange) -> Vec<String> {
    let directory = exchange.data.path().join("recordings-in-progress");
    let entries = std::fs::read_dir(directory).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    let names = entries.map(|entry| name(entry).to_string_lossy().into_owned());
    names.collect()
}

#[tokio::test]
async fn recording_of_a_call_holds_the_caller_left_and_the_callee_right() {
    let mut exchange = Exchange::new().await;
    let flow = record(json!({"label": "sales"}), &ring("2002"));
    let (caller, call, _callee) = talking(&mut exchange, flow).await;
    caller.hang_up(call).await;
    let kept = recording(&mut exchange).await;
    assert_eq!((kept.label.as_str(), kept.whole_call), ("sales", true));
    assert_eq!(
        (kept.caller.number.as_str(), kept.dialled.as_str()),
        ("2001", "2002")
    );
    assert!(kept.duration_ms >= 1_000, "{}", kept.duration_ms);
    let sides = read(&kept.file, &[CALLER, CALLEE]);
    assert!(sides.iter().all(|(_, spoken)| *spoken >= 40), "{sides:?}");
    let id = kept.call.clone();
    kept.done.done();
    assert_eq!(exchange.record().await.start.id, id);
    assert_eq!(in_progress(&exchange), [""; 0]);
}

#[tokio::test]
async fn recording_on_bridge_leaves_out_what_came_before_and_stop_ends_it() {
    let mut exchange = Exchange::new().await;
    crate::exchange::medium(&mut exchange, "long", 1_000);
    let long = json!({"id": "long", "answer": true});
    let before = step("play", &long, &ring("2002"));
    let flow = record(json!({"record_on_bridge": true}), &before);
    let (caller, call, _callee) = talking(&mut exchange, flow).await;
    caller.hang_up(call).await;
    let kept = recording(&mut exchange).await;
    let sides = read(&kept.file, &[CALLER, CALLEE]);
    // What was played is neither silence nor the callee.
    let whole = usize::try_from(kept.duration_ms / 20).unwrap();
    assert!(sides[1].0 + sides[1].1 + 5 >= whole, "{sides:?} of {whole}");
    kept.done.done();
    exchange.record().await;

    let stop = step("record_call", &json!({"action": "stop"}), &ring("2002"));
    let flow = record(json!({}), &step("play", &long, &stop));
    let (caller, call, _callee) = talking(&mut exchange, flow).await;
    let kept = recording(&mut exchange).await;
    let sides = read(&kept.file, &[CALLER, CALLEE]);
    assert!(sides[0].1 >= 20 && sides[1].1 == 0, "{sides:?}");
    kept.done.done();
    caller.hang_up(call).await;
}

#[tokio::test]
async fn recording_that_is_too_short_is_not_kept() {
    let mut exchange = Exchange::new().await;
    let flow = record(json!({"record_min_sec": 60}), &ring("2002"));
    let (caller, call, _callee) = talking(&mut exchange, flow).await;
    caller.hang_up(call).await;
    let mut kept = 0;
    exchange
        .report("the end of the call", |report| {
            kept += usize::from(matches!(report, Report::Recording(_)));
            matches!(report, Report::CallEnded(_)).then_some(())
        })
        .await;
    assert_eq!(kept, 0);
    assert_eq!(in_progress(&exchange), [""; 0]);
}

#[tokio::test]
async fn recording_is_sent_to_a_web_server_which_is_asked_again_when_it_fails() {
    let mut exchange = Exchange::with(|config| config.web_private = true).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut asked = Vec::new();
        for status in ["503 Busy", "201 Created"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut length = None;
            while length.is_none_or(|length| request.len() < length) {
                let mut piece = [0; 4_096];
                let read = stream.read(&mut piece).await.unwrap();
                assert_ne!(read, 0, "the whole body comes");
                request.extend(&piece[..read]);
                let head = request.windows(4).position(|it| it == b"\r\n\r\n");
                if let (None, Some(head)) = (length, head) {
                    let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
                    let (_, rest) = text.split_once("content-length: ").unwrap();
                    let body: usize = rest.lines().next().unwrap().parse().unwrap();
                    length = Some(head + 4 + body);
                }
            }
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            asked.push(request);
        }
        asked
    });
    let url = format!("http://127.0.0.1:{port}/in/box?key=1");
    let data = json!({"url": url, "method": "put", "format": "mp3"});
    let flow = record(data, &ring("2002"));
    let (caller, call, _callee) = talking(&mut exchange, flow).await;
    caller.hang_up(call).await;
    let kept = recording(&mut exchange).await;
    let sound = std::fs::read(&kept.file).unwrap();
    let id = kept.call.clone();
    kept.done.done();
    let record = exchange.record().await;
    let path: Vec<_> = record.trace.iter().map(|entry| entry.step.text()).collect();
    assert!(path.iter().any(|step| step.contains("as WAV")), "{path:?}");
    let asked = tokio::time::timeout(PATIENCE, server)
        .await
        .unwrap()
        .unwrap();
    for request in asked {
        let line = format!("PUT /in/box/{id}-call-1.wav?key=1 HTTP/1.1\r\n");
        assert!(request.starts_with(line.as_bytes()));
        assert!(request.ends_with(&sound));
    }
}

#[tokio::test]
async fn what_a_caller_says_is_kept_too() {
    let mut exchange = Exchange::new().await;
    let end = json!({"module": "response", "data": {"code": 480}, "children": {}});
    let flow = step("record_caller", &json!({"format": "wav"}), &end);
    exchange.flow("2002", flow).await;
    let mut caller = exchange.registered("2001").await;
    caller.rtp.speak(Codec::Pcma.encode(CALLER));
    caller.call("2002").await;
    caller.answered().await;
    caller.rtp.sends(caller.rtp.sent() + 50).await;
    caller.rtp.press("#");
    let kept = recording(&mut exchange).await;
    assert!(!kept.whole_call && kept.duration_ms >= 500);
    let sides = read(&kept.file, &[CALLER]);
    assert!(sides[0].1 >= 25, "{sides:?}");
    kept.done.done();
    caller.ended().await;
    exchange.record().await;
    assert_eq!(in_progress(&exchange), [""; 0]);
}
