//! What a packet costs a media worker.
//!
//! One worker plays to, or relays between, as many legs as asked, over real
//! sockets on loopback. The processor time of the worker's thread, as the
//! kernel counts it, is divided by the packets it sent.
//!
//! `cargo run --release -p runtime --example media_bench -- [legs] [seconds]`

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use runtime::media::{
    Codec, Leg, Loops, MediaConfig, MediaEvent, MediaPlane, MediaSettings, OpId, PlayRequest,
    PlaySource, PortRange, Tone,
};
use tokio::sync::mpsc;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let legs = arguments.next().transpose()?.unwrap_or(2000);
    let seconds = arguments.next().transpose()?.unwrap_or(5);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let time = Duration::from_secs(seconds);
        report("bare send", legs, time, bare(legs, time)?);
        report("playback", legs, time, playback(legs, time).await?);
        report("relay", legs, time, relay(legs, time, Codec::Pcmu).await?);
        report(
            "transcode",
            legs,
            time,
            relay(legs, time, Codec::Pcma).await?,
        );
        Ok(())
    })
}

#[derive(Clone, Copy)]
struct Measured {
    packets: u64,
    processor: Duration,
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn report(what: &str, legs: u64, time: Duration, measured: Measured) {
    let Measured { packets, processor } = measured;
    let each = processor.as_nanos() as f64 / packets.max(1) as f64;
    let load = 100.0 * processor.as_secs_f64() / time.as_secs_f64();
    let due = legs as f64 * 50.0 * time.as_secs_f64();
    let sent = 100.0 * packets as f64 / due;
    println!(
        "{what:10} {legs} legs: {each:6.0} ns per packet, worker {load:5.1} % busy, \
         {sent:5.1} % of due packets sent"
    );
}

/// What the system alone takes for sending such packets, one socket for each
/// leg: the floor under all other figures.
fn bare(count: u64, time: Duration) -> Outcome<Measured> {
    let phone = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let remote = phone.local_addr()?;
    let sender = thread::Builder::new()
        .name("media-0".into())
        .spawn(move || {
            let sockets: Result<Vec<_>, _> = (0..count)
                .map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)))
                .collect();
            let sockets = sockets?;
            let (start, mut packets) = (Instant::now(), 0);
            let before = thread_time("media-0").unwrap_or_default();
            while start.elapsed() < time {
                for socket in &sockets {
                    socket.send_to(&[0xff; 172], remote)?;
                    packets += 1;
                }
            }
            let processor = thread_time("media-0").unwrap_or_default() - before;
            Ok::<_, std::io::Error>(Measured { packets, processor })
        })?;
    Ok(sender.join().map_err(|_| "the sender panicked")??)
}

fn plane() -> Outcome<MediaPlane> {
    Ok(MediaPlane::new(MediaConfig {
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        ports: PortRange { first: 0, last: 0 },
        workers: 1,
        ..MediaConfig::default()
    })?)
}

fn legs(
    plane: &MediaPlane,
    phone: &UdpSocket,
    codecs: [Codec; 2],
    count: u64,
    events: &mpsc::Sender<MediaEvent>,
) -> Outcome<Vec<Leg>> {
    let remote = phone.local_addr()?;
    let mut legs = Vec::new();
    for codec in codecs.into_iter().cycle().take(usize::try_from(count)?) {
        let leg = plane.allocate(events.clone())?;
        leg.set_media(MediaSettings::new(remote, codec))?;
        legs.push(leg);
        if legs.len() % 1000 == 0 {
            thread::sleep(Duration::from_millis(50)); // let the command queue drain
        }
    }
    Ok(legs)
}

async fn playback(count: u64, time: Duration) -> Outcome<Measured> {
    let plane = plane()?;
    let phone = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let (events, _inbox) = mpsc::channel(16);
    let legs = legs(&plane, &phone, [Codec::Pcmu, Codec::Pcma], count, &events)?;
    for (index, leg) in legs.iter().enumerate() {
        let music = PlayRequest::new(OpId(1), [PlaySource::tone(Tone::Dial)]);
        leg.play(music.with_loops(Loops::Endless))?;
        if index % 1000 == 999 {
            thread::sleep(Duration::from_millis(50));
        }
    }
    measure(&legs, time).await
}

async fn relay(count: u64, time: Duration, other: Codec) -> Outcome<Measured> {
    let plane = plane()?;
    let phone = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let (events, _inbox) = mpsc::channel(16);
    let legs = legs(&plane, &phone, [Codec::Pcmu, other], count, &events)?;
    for pair in legs.chunks(2) {
        if let [one, two] = pair {
            one.bridge(two)?;
        }
    }
    let stop = Arc::new(AtomicBool::new(false));
    let targets: Vec<_> = legs.iter().map(Leg::local_addr).collect();
    let sender = thread::spawn({
        let stop = stop.clone();
        move || speak(&phone, &targets, &stop)
    });
    let measured = measure(&legs, time).await;
    stop.store(true, Ordering::Relaxed);
    sender.join().map_err(|_| "the sender panicked")??;
    measured
}

/// Sends a packet to every leg each 20 ms, spread over 20 portions.
fn speak(
    phone: &UdpSocket,
    targets: &[std::net::SocketAddr],
    stop: &AtomicBool,
) -> std::io::Result<()> {
    let mut packet = [0xff; 172];
    packet[..12].copy_from_slice(&[0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
    let start = Instant::now();
    let mut portion = 0_u32;
    while !stop.load(Ordering::Relaxed) {
        let number = portion / 20;
        packet[2..4].copy_from_slice(&(number as u16).to_be_bytes());
        packet[4..8].copy_from_slice(&number.wrapping_mul(160).to_be_bytes());
        for target in targets.iter().skip(portion as usize % 20).step_by(20) {
            phone.send_to(&packet, target)?;
        }
        portion += 1;
        let due = start + Duration::from_millis(u64::from(portion));
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(())
}

async fn measure(legs: &[Leg], time: Duration) -> Outcome<Measured> {
    thread::sleep(Duration::from_secs(1));
    let (packets, processor) = (sent(legs).await?, worker_time()?);
    thread::sleep(time);
    Ok(Measured {
        packets: sent(legs).await? - packets,
        processor: worker_time()?.saturating_sub(processor),
    })
}

async fn sent(legs: &[Leg]) -> Outcome<u64> {
    let mut sum = 0;
    for leg in legs {
        sum += leg.stats().await?.packets_sent;
    }
    Ok(sum)
}

/// Processor time of the worker's thread so far.
fn worker_time() -> Outcome<Duration> {
    thread_time("media-0")
}

fn thread_time(name: &str) -> Outcome<Duration> {
    for thread in std::fs::read_dir("/proc/self/task")? {
        let thread = thread?.path();
        if std::fs::read_to_string(thread.join("comm"))?.trim() == name {
            let counters = std::fs::read_to_string(thread.join("schedstat"))?;
            let first = counters.split(' ').next().unwrap_or_default();
            return Ok(Duration::from_nanos(first.parse()?));
        }
    }
    Err("there is no worker thread".into())
}
