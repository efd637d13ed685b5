use std::path::{Path, PathBuf};
use std::time::Duration;

use runtime::media::{Codec, MediaEvent, OpId, RecordEnd, TapeRequest};

use crate::phone::{Call, plane, share_at};

fn request(path: &Path, longest: Duration) -> TapeRequest {
    TapeRequest {
        op: OpId(5),
        path: path.to_owned(),
        max_length: longest,
    }
}

fn finished(event: &MediaEvent) -> Option<(PathBuf, u64, RecordEnd)> {
    match event {
        MediaEvent::RecordFinished {
            op: OpId(5),
            path,
            duration_ms,
            reason,
            ..
        } => Some((path.clone(), *duration_ms, reason.clone())),
        _ => None,
    }
}

/// Left and right channel of a file.
fn read(path: &Path) -> [Vec<i16>; 2] {
    let mut reader = hound::WavReader::open(path).expect("a WAV file");
    let spec = reader.spec();
    assert_eq!(
        (spec.channels, spec.sample_rate, spec.bits_per_sample),
        (2, 8000, 16)
    );
    let all: Vec<i16> = reader.samples().map(|it| it.expect("whole")).collect();
    let side = |at: usize| all.iter().copied().skip(at).step_by(2).collect();
    [side(0), side(1)]
}

/// Both phones say their tone for a while, in time: a frame is sent every 20 ms.
async fn talk(caller: &mut Call, callee: &mut Call, frames: usize) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    for n in 0..frames {
        tick.tick().await;
        let frame = caller.phone.tone_frame(1004.0, n);
        caller.phone.send_frame(&frame).await;
        let frame = callee.phone.tone_frame(1700.0, n);
        callee.phone.send_frame(&frame).await;
    }
    let frames = frames as u64;
    caller.stats_when(|it| it.packets_sent >= frames).await;
}

async fn bridged(plane: &runtime::media::MediaPlane) -> (Call, Call) {
    let caller = Call::new(plane, Codec::Pcma).await;
    let callee = Call::near(plane, &caller, Codec::Pcmu).await;
    caller.leg.bridge(&callee.leg).expect("accepted");
    (caller, callee)
}

fn quiet(samples: &[i16]) -> bool {
    samples.iter().all(|sample| sample.unsigned_abs() <= 8)
}

#[tokio::test]
async fn caller_is_on_the_left_and_callee_on_the_right() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("call.wav");
    let plane = plane(1);
    let (mut caller, mut callee) = bridged(&plane).await;
    let long = Duration::from_secs(60);
    caller.leg.tape(request(&path, long)).expect("accepted");
    talk(&mut caller, &mut callee, 100).await;
    caller.leg.cancel(OpId(5)).expect("accepted");
    let (file, duration_ms, reason) = caller.wait_for(finished).await;
    assert_eq!(
        (file.as_path(), reason),
        (path.as_path(), RecordEnd::Stopped)
    );
    let [left, right] = read(&path);
    assert_eq!(left.len(), right.len());
    assert_eq!(left.len() as u64 * 1000 / 8000, duration_ms);
    assert!((1_900..4_000).contains(&duration_ms), "{duration_ms}");
    let (left, right) = (&left[4000..12_000], &right[4000..12_000]);
    assert!(share_at(left, 1004.0) > 0.9, "{}", share_at(left, 1004.0));
    assert!(share_at(right, 1700.0) > 0.9, "{}", share_at(right, 1700.0));
    assert!(share_at(left, 1700.0) < 0.02 && share_at(right, 1004.0) < 0.02);
}

#[tokio::test]
async fn pause_is_silent_on_both_sides_and_takes_its_time() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("call.wav");
    let plane = plane(1);
    let (mut caller, mut callee) = bridged(&plane).await;
    let long = Duration::from_secs(60);
    caller.leg.tape(request(&path, long)).expect("accepted");
    talk(&mut caller, &mut callee, 50).await;
    caller.leg.pause_tape(OpId(5), true).expect("accepted");
    caller.leg.stats().await.expect("paused by now");
    talk(&mut caller, &mut callee, 150).await;
    caller.leg.pause_tape(OpId(5), false).expect("accepted");
    caller.leg.stats().await.expect("resumed by now");
    talk(&mut caller, &mut callee, 150).await;
    caller.leg.cancel(OpId(5)).expect("accepted");
    let (_, duration_ms, _) = caller.wait_for(finished).await;
    assert!(duration_ms >= 5_000, "{duration_ms}");
    for side in read(&path) {
        // Around the middle of the pause, wherever a busy machine put its ends.
        let frames: Vec<bool> = side.chunks(160).map(quiet).collect();
        let longest = frames.split(|quiet| !quiet).map(<[bool]>::len).max();
        assert!(longest >= Some(100), "{longest:?}");
        let loud = frames.iter().filter(|quiet| !**quiet).count();
        assert!((100..=205).contains(&loud), "{loud}");
    }
}

#[tokio::test]
async fn recording_ends_at_its_limit_and_with_its_leg() {
    let directory = tempfile::tempdir().expect("directory");
    let plane = plane(1);
    let mut call = Call::new(&plane, Codec::Pcma).await;
    let path = directory.path().join("limit.wav");
    let short = Duration::from_millis(300);
    call.leg.tape(request(&path, short)).expect("accepted");
    let (_, duration_ms, reason) = call.wait_for(finished).await;
    assert_eq!((duration_ms, reason), (300, RecordEnd::MaxLength));
    assert!(read(&path).iter().all(|side| quiet(side)));

    let path = directory.path().join("closed.wav");
    let long = Duration::from_secs(60);
    call.leg.tape(request(&path, long)).expect("accepted");
    let Call {
        leg, mut events, ..
    } = call;
    drop(leg);
    let reason = loop {
        let event = events.recv().await.expect("the end of the recording");
        if let Some((_, _, reason)) = finished(&event) {
            break reason;
        }
    };
    assert_eq!(reason, RecordEnd::Closed);
    assert!(path.exists());
}
