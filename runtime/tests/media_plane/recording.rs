use std::path::{Path, PathBuf};
use std::time::Duration;

use runtime::media::{Codec, KeySet, MediaEvent, OpId, RecordEnd, RecordRequest, SilenceEnd};

use crate::phone::{Call, key, plane, share_at};

const LONG: Duration = Duration::from_secs(60);

fn finished(event: &MediaEvent) -> Option<(OpId, PathBuf, u64, RecordEnd)> {
    match event {
        MediaEvent::RecordFinished {
            op,
            path,
            duration_ms,
            reason,
            ..
        } => Some((*op, path.clone(), *duration_ms, reason.clone())),
        _ => None,
    }
}

fn read(path: &Path) -> Vec<i16> {
    let mut reader = hound::WavReader::open(path).expect("a WAV file");
    let spec = reader.spec();
    assert_eq!(
        (spec.channels, spec.sample_rate, spec.bits_per_sample),
        (1, 8000, 16)
    );
    reader
        .samples()
        .map(|sample| sample.expect("whole"))
        .collect()
}

fn files(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("directory");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry
            .expect("entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    };
    entries.map(name).collect()
}

#[tokio::test]
async fn recording_holds_what_was_said_despite_loss_and_disorder() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("message.wav");
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcma).await;
    let request = RecordRequest::new(OpId(5), &path, LONG).with_stop_keys(KeySet::ALL);
    call.leg.record(request).expect("accepted");
    call.leg.stats().await.expect("recording by now");

    // 100 frames, of which 30 to 32 and 61 are lost and some come late.
    let (sequence, timestamp) = (call.phone.sequence, call.phone.timestamp);
    let mut order: Vec<usize> = (0..100).filter(|n| ![30, 31, 32, 61].contains(n)).collect();
    order.swap(10, 11);
    order.swap(50, 53);
    for n in order {
        call.phone.sequence = sequence.wrapping_add(n as u16);
        call.phone.timestamp = timestamp.wrapping_add(n as u32 * 160);
        let frame = call.phone.tone_frame(440.0, n);
        call.phone.send_frame(&frame).await;
    }
    call.phone.send_key('#').await;

    let (op, recorded, duration_ms, reason) = call.wait_for(finished).await;
    assert_eq!((op, recorded), (OpId(5), path.clone()));
    assert_eq!((duration_ms, reason), (2000, RecordEnd::Key(key('#'))));
    let samples = read(&path);
    assert_eq!(samples.len(), 16_000);
    let frames = |from: usize, to: usize| &samples[from * 160..to * 160];
    for (from, to) in [(0, 30), (33, 61), (62, 100)] {
        let share = share_at(frames(from, to), 440.0);
        assert!(share > 0.95, "frames {from} to {to}: {share}");
    }
    assert!(frames(30, 33).iter().all(|sample| *sample == 0));
    assert!(frames(61, 62).iter().all(|sample| *sample == 0));
    assert_eq!(files(directory.path()), ["message.wav"]);
}

#[tokio::test]
async fn recording_ends_when_the_speaker_is_silent() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("message.wav");
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let silence = SilenceEnd {
        threshold: 200,
        after: Duration::from_millis(600),
    };
    let request = RecordRequest::new(OpId(1), &path, LONG).with_silence(silence);
    call.leg.record(request).expect("accepted");
    call.leg.stats().await.expect("recording by now");
    call.phone.send_tone(440.0, 20).await;
    for _ in 0..40 {
        call.phone.send_frame(&[0xff; 160]).await;
    }
    let (.., duration_ms, reason) = call.wait_for(finished).await;
    assert_eq!((duration_ms, reason), (1000, RecordEnd::Silence));
    assert!(share_at(&read(&path)[..3200], 440.0) > 0.95);
}

#[tokio::test]
async fn recording_is_never_longer_than_allowed() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("message.wav");
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let request = RecordRequest::new(OpId(1), &path, Duration::from_millis(990));
    call.leg.record(request).expect("accepted");
    call.leg.stats().await.expect("recording by now");
    call.phone.send_tone(440.0, 60).await;
    let (.., duration_ms, reason) = call.wait_for(finished).await;
    assert_eq!((duration_ms, reason), (990, RecordEnd::MaxLength));
    assert_eq!(read(&path).len(), 7920);
}

#[tokio::test]
async fn hanging_up_completes_the_recording() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("message.wav");
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let request = RecordRequest::new(OpId(1), &path, LONG);
    call.leg.record(request).expect("accepted");
    call.leg.stats().await.expect("recording by now");
    call.phone.send_tone(440.0, 50).await;
    call.stats_when(|stats| stats.packets_received == 50).await;
    let Call {
        leg, mut events, ..
    } = call;
    drop(leg);
    let mut found = None;
    while let Some(event) = events.recv().await {
        found = found.or(finished(&event));
    }
    let (.., duration_ms, reason) = found.expect("the end of the recording");
    assert_eq!((duration_ms, reason), (1000, RecordEnd::Closed));
    assert!(share_at(&read(&path), 440.0) > 0.95);
}

#[tokio::test]
async fn stopping_one_recording_leaves_another_running() {
    let directory = tempfile::tempdir().expect("directory");
    let paths = ["call.wav", "message.wav"].map(|name| directory.path().join(name));
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    for (op, path) in [1, 2].into_iter().zip(&paths) {
        let request = RecordRequest::new(OpId(op), path, LONG);
        call.leg.record(request).expect("accepted");
    }
    call.leg.stats().await.expect("recording by now");
    call.phone.send_tone(440.0, 25).await;
    call.stats_when(|stats| stats.packets_received == 25).await;
    call.leg.cancel(OpId(2)).expect("accepted");
    let (op, _, duration_ms, reason) = call.wait_for(finished).await;
    assert_eq!((op, duration_ms), (OpId(2), 500));
    assert_eq!(reason, RecordEnd::Stopped);
    call.phone.send_tone(440.0, 25).await;
    call.stats_when(|stats| stats.packets_received == 50).await;
    drop(plane);
    let (op, _, duration_ms, reason) = call.wait_for(finished).await;
    assert_eq!((op, duration_ms), (OpId(1), 1000));
    assert_eq!(reason, RecordEnd::Closed);
    assert_eq!(read(&paths[0]).len(), 8000);
}

#[tokio::test]
async fn file_that_cannot_be_created_is_reported() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("missing/message.wav");
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcmu).await;
    let request = RecordRequest::new(OpId(1), &path, LONG);
    call.leg.record(request).expect("accepted");
    call.leg.cancel(OpId(1)).expect("accepted");
    let (.., reason) = call.wait_for(finished).await;
    let RecordEnd::Failed(text) = reason else {
        panic!("ended with {reason:?}");
    };
    assert!(text.contains("missing/message.wav") && text.contains("directory"));
}
