//! The C library spandsp, as much of it as a fax machine on a telephone line needs. All `unsafe` code is here.
#![allow(unsafe_code)]

use crate::Frame;
use libloading::Library;
use serde::{Deserialize, Serialize};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, Ordering};

/// The library's name in the system, with the version of its interface.
const LIBRARY: &str = "libspandsp.so.2";
/// T.30 has room for this many characters of a station id.
const STATION_ID: usize = 20;

/// And for this many of a page's header.
const HEADER: usize = 50;

/// No completion code yet.
const RUNNING: i32 = -1;
/// `T30_ERR_CALLDROPPED`: the call ended before the fax did.
const CALL_DROPPED: i32 = 49;

/// V.27ter, V.29 and V.17.
const MODEMS: c_int = 0x01 | 0x02 | 0x04;
/// T.4 in one and two dimensions, and T.6.
const COMPRESSIONS: c_int = 0x02 | 0x04 | 0x08;
/// Standard, fine and superfine, at the usual width of 8 and at 16 dots a millimetre.
const RESOLUTIONS: c_int = 0x01 | 0x02 | 0x04 | 0x2_0000 | 0x4_0000;
/// A4, B4 and A3 wide; any length.
const SIZES: c_int = 0x01 | 0x02 | 0x04 | 0x1_0000 | 0x2_0000 | 0x4_0000 | 0x8_0000 | 0x10_0000;
/// Pages are kept as T.6, the tightest that TIFF readers know.
const KEEP_AS_T6: c_int = 3;

/// Why there is no fax machine.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The library is not installed.
    #[error("fax needs {LIBRARY}; install spandsp (Debian: libspandsp2): {0}")]
    Missing(libloading::Error),
    /// The library is another than it says.
    #[error("{LIBRARY} lacks what fax needs: {0}")]
    Foreign(libloading::Error),
    /// A path or an id with a zero in it.
    #[error("`{0}` cannot be told to spandsp")]
    Text(String),
    /// The library has no memory.
    #[error("spandsp made no fax machine")]
    Refused,
}

/// What a fax machine is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Be called, and write the pages that come to a TIFF file.
    Receive(PathBuf),
    /// Call, and send the pages of a TIFF file.
    Send(PathBuf),
}

/// What a fax machine says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// What the other machine is told, 20 characters at most; may be empty.
    pub station_id: String,
    /// What stands at the top of pages sent, beside the time and the number of the page. No line at all when it is empty.
    pub header: String,
    /// The zone of that time as in POSIX's `TZ`, such as `LOC-01:00` east of Greenwich; UTC when it is empty.
    pub zone: String,
}

impl Identity {
    /// With this station id and no line at the top.
    #[must_use]
    pub fn of(station_id: &str) -> Self {
        Self {
            station_id: station_id.to_owned(),
            ..Self::default()
        }
    }
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Pages that got through.
    pub pages: u32,
    /// The other machine's station id, may be empty.
    pub station_id: String,
    /// Bits per second of the pages.
    pub bit_rate: u32,
    /// With error correction.
    pub corrected: bool,
    /// What went wrong, if anything did.
    pub error: Option<String>,
}

/// `t30_stats_t` of spandsp 0.0.6.
#[repr(C)]
#[derive(Default)]
struct Statistics {
    bit_rate: c_int,
    error_correcting_mode: c_int,
    pages_sent: c_int,
    pages_received: c_int,
    /// Eleven more, and room for those of a later version.
    rest: [c_int; 28],
}

type Fax = *mut c_void;
type T30 = *mut c_void;
type OnEnd = extern "C" fn(T30, *mut c_void, c_int);

/// The functions that are used. They are valid as long as the library is loaded, which is as long as this lives.
struct Functions {
    init: unsafe extern "C" fn(Fax, c_int) -> Fax,
    free: unsafe extern "C" fn(Fax) -> c_int,
    receive: unsafe extern "C" fn(Fax, *mut i16, c_int) -> c_int,
    send: unsafe extern "C" fn(Fax, *mut i16, c_int) -> c_int,
    send_silence: unsafe extern "C" fn(Fax, c_int),
    t30: unsafe extern "C" fn(Fax) -> T30,
    set_station_id: unsafe extern "C" fn(T30, *const c_char) -> c_int,
    set_header: unsafe extern "C" fn(T30, *const c_char) -> c_int,
    set_header_zone: unsafe extern "C" fn(T30, *const c_char) -> c_int,
    other_station_id: unsafe extern "C" fn(T30) -> *const c_char,
    receive_into: unsafe extern "C" fn(T30, *const c_char, c_int),
    send_from: unsafe extern "C" fn(T30, *const c_char, c_int, c_int),
    set_correction: unsafe extern "C" fn(T30, c_int) -> c_int,
    set_modems: unsafe extern "C" fn(T30, c_int) -> c_int,
    set_compressions: unsafe extern "C" fn(T30, c_int) -> c_int,
    set_resolutions: unsafe extern "C" fn(T30, c_int) -> c_int,
    set_sizes: unsafe extern "C" fn(T30, c_int) -> c_int,
    keep_as: unsafe extern "C" fn(T30, c_int) -> c_int,
    on_end: unsafe extern "C" fn(T30, OnEnd, *mut c_void),
    statistics: unsafe extern "C" fn(T30, *mut Statistics),
    terminate: unsafe extern "C" fn(T30),
    code_in_words: unsafe extern "C" fn(c_int) -> *const c_char,
    _library: Library,
}

impl Functions {
    fn load() -> Result<Self, MachineError> {
        // SAFETY: spandsp and libtiff run no code on loading that depends on the state of this process.
        let library = unsafe { Library::new(LIBRARY) }.map_err(MachineError::Missing)?;
        macro_rules! function {
            ($name:literal) => {
                // SAFETY: the types above are those of spandsp 0.0.6's headers; the number in the library's name
                // stands for that interface.
                *unsafe { library.get(concat!($name, "\0").as_bytes()) }
                    .map_err(MachineError::Foreign)?
            };
        }
        Ok(Self {
            init: function!("fax_init"),
            free: function!("fax_free"),
            receive: function!("fax_rx"),
            send: function!("fax_tx"),
            send_silence: function!("fax_set_transmit_on_idle"),
            t30: function!("fax_get_t30_state"),
            set_station_id: function!("t30_set_tx_ident"),
            set_header: function!("t30_set_tx_page_header_info"),
            set_header_zone: function!("t30_set_tx_page_header_tz"),
            other_station_id: function!("t30_get_rx_ident"),
            receive_into: function!("t30_set_rx_file"),
            send_from: function!("t30_set_tx_file"),
            set_correction: function!("t30_set_ecm_capability"),
            set_modems: function!("t30_set_supported_modems"),
            set_compressions: function!("t30_set_supported_compressions"),
            set_resolutions: function!("t30_set_supported_resolutions"),
            set_sizes: function!("t30_set_supported_image_sizes"),
            keep_as: function!("t30_set_rx_encoding"),
            on_end: function!("t30_set_phase_e_handler"),
            statistics: function!("t30_get_transfer_statistics"),
            terminate: function!("t30_terminate"),
            code_in_words: function!("t30_completion_code_to_str"),
            _library: library,
        })
    }
}

/// A fax machine on a telephone line.
pub struct Machine {
    functions: Functions,
    fax: NonNull<c_void>,
    sends: bool,
    /// The completion code; written by the library's call-back, which has its address.
    ended: Box<AtomicI32>,
}

extern "C" fn note_end(_t30: T30, ended: *mut c_void, code: c_int) {
    // SAFETY: this is the address of `Machine::ended`, which outlives the library's state.
    let ended = unsafe { &*ended.cast_const().cast::<AtomicI32>() };
    ended.store(code, Ordering::Relaxed);
}

impl Machine {
    /// A machine that waits for what comes, or begins to call.
    ///
    /// # Errors
    /// When the library is missing, or refuses.
    pub fn new(job: &Job, identity: &Identity) -> Result<Self, MachineError> {
        let id = told(&identity.station_id, STATION_ID)?;
        let header = told(&identity.header, HEADER)?;
        let zone = told(&identity.zone, HEADER)?;
        let (path, sends) = match job {
            Job::Receive(path) => (path_text(path)?, false),
            Job::Send(path) => (path_text(path)?, true),
        };
        let functions = Functions::load()?;
        // SAFETY: a null state asks the library to allocate one.
        let fax = unsafe { (functions.init)(std::ptr::null_mut(), c_int::from(sends)) };
        let fax = NonNull::new(fax).ok_or(MachineError::Refused)?;
        let ended = Box::new(AtomicI32::new(RUNNING));
        let machine = Self {
            functions,
            fax,
            sends,
            ended,
        };
        let end: *const AtomicI32 = &raw const *machine.ended;
        let (f, t30) = (&machine.functions, machine.t30());
        // SAFETY: both states are alive; the library copies the texts; the call-back's address lives as long as `machine`.
        unsafe {
            (f.send_silence)(machine.fax.as_ptr(), 1);
            (f.set_station_id)(t30, id.as_ptr());
            (f.set_correction)(t30, 1);
            (f.set_modems)(t30, MODEMS);
            (f.set_compressions)(t30, COMPRESSIONS);
            (f.set_resolutions)(t30, RESOLUTIONS);
            (f.set_sizes)(t30, SIZES);
            (f.on_end)(t30, note_end, end.cast_mut().cast());
            if sends {
                if !identity.header.is_empty() {
                    (f.set_header_zone)(t30, zone.as_ptr());
                    (f.set_header)(t30, header.as_ptr());
                }
                (f.send_from)(t30, path.as_ptr(), -1, -1);
            } else {
                (f.keep_as)(t30, KEEP_AS_T6);
                (f.receive_into)(t30, path.as_ptr(), -1);
            }
        }
        Ok(machine)
    }

    fn t30(&self) -> T30 {
        // SAFETY: the state is alive.
        unsafe { (self.functions.t30)(self.fax.as_ptr()) }
    }

    /// Hears 20 ms of the line.
    pub fn hear(&mut self, mut frame: Frame) {
        let length = frame.len() as c_int;
        // SAFETY: the state is alive, and the library reads and writes `length` samples.
        unsafe { (self.functions.receive)(self.fax.as_ptr(), frame.as_mut_ptr(), length) };
    }

    /// The next 20 ms for the line.
    pub fn say(&mut self) -> Frame {
        let mut frame = [0; crate::FRAME_SAMPLES];
        let length = frame.len() as c_int;
        // SAFETY: the state is alive, and the library writes at most `length` samples.
        unsafe { (self.functions.send)(self.fax.as_ptr(), frame.as_mut_ptr(), length) };
        frame
    }

    /// Whether the machines have said good-bye.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed) != RUNNING
    }

    /// How it went. A machine that has not ended is told that the line is gone. The file is complete afterwards.
    #[must_use]
    pub fn finish(self) -> Outcome {
        let t30 = self.t30();
        let running = !self.has_ended();
        let mut told = Statistics::default();
        // SAFETY: the state is alive, and the structure is at least as large as the library's.
        let station_id = unsafe {
            if running {
                (self.functions.terminate)(t30);
            }
            (self.functions.statistics)(t30, &raw mut told);
            text((self.functions.other_station_id)(t30))
        };
        let code = match self.ended.load(Ordering::Relaxed) {
            RUNNING => CALL_DROPPED,
            code => code,
        };
        let error = (code != 0).then(|| {
            // SAFETY: the library returns a text of its own for any number.
            unsafe { text((self.functions.code_in_words)(code)) }
        });
        let pages = if self.sends {
            told.pages_sent
        } else {
            told.pages_received
        };
        Outcome {
            pages: u32::try_from(pages).unwrap_or(0),
            station_id: station_id.trim().to_owned(),
            bit_rate: u32::try_from(told.bit_rate).unwrap_or(0),
            corrected: told.error_correcting_mode != 0,
            error,
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // SAFETY: the state came from `fax_init` and is not used afterwards; this closes its file.
        unsafe { (self.functions.free)(self.fax.as_ptr()) };
    }
}

/// A text for the library, cut to `most` characters. It knows ASCII alone.
fn told(text: &str, most: usize) -> Result<CString, MachineError> {
    let plain = |c: char| if c.is_ascii() { c } else { '?' };
    let cut: String = text.chars().take(most).map(plain).collect();
    CString::new(cut).map_err(|_| MachineError::Text(text.to_owned()))
}

fn path_text(path: &Path) -> Result<CString, MachineError> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| MachineError::Text(path.display().to_string()))
}

/// A copy of a text of the library; empty when there is none.
///
/// # Safety
/// `text` is null or ends with a zero.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as promised.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const WIDTH: usize = 1728;

    /// A TIFF file of two uncompressed pages, each with a pattern of its own.
    fn document(rows: usize) -> Vec<u8> {
        let mut bytes = b"II\x2A\0".to_vec();
        bytes.extend([0; 4]);
        let mut link = 4;
        for page in 0..2_usize {
            let data = bytes.len();
            for row in 0..rows {
                let dot =
                    |column: usize| (column * (7 + page) + row * row) % 61 < 9 && row % 16 < 12;
                let byte = |index: usize| {
                    (0..8).fold(0, |byte, bit| byte << 1 | u8::from(dot(index * 8 + bit)))
                };
                bytes.extend((0..WIDTH / 8).map(byte));
            }
            let resolution = bytes.len();
            for value in [204_u32, 1, 98, 1] {
                bytes.extend(value.to_le_bytes());
            }
            let directory = bytes.len() as u32;
            bytes[link..link + 4].copy_from_slice(&directory.to_le_bytes());
            let fields: [(u16, u16, usize); 12] = [
                (256, 4, WIDTH),
                (257, 4, rows),
                (258, 3, 1),
                (259, 3, 1),
                (262, 3, 0),
                (273, 4, data),
                (277, 3, 1),
                (278, 4, rows),
                (279, 4, WIDTH / 8 * rows),
                (282, 5, resolution),
                (283, 5, resolution + 8),
                (296, 3, 2),
            ];
            bytes.extend((fields.len() as u16).to_le_bytes());
            for (tag, kind, value) in fields {
                bytes.extend(tag.to_le_bytes());
                bytes.extend(kind.to_le_bytes());
                bytes.extend(1_u32.to_le_bytes());
                bytes.extend((value as u32).to_le_bytes());
            }
            link = bytes.len();
            bytes.extend([0; 4]);
        }
        bytes
    }

    /// Sends a document from one machine to another, until the line is cut.
    fn send(document: &Path, received: &Path, cut_after: usize) -> (Outcome, Outcome) {
        send_as(
            &Identity::of("+44 161 496 0100"),
            document,
            received,
            cut_after,
        )
    }

    fn send_as(
        sender: &Identity,
        document: &Path,
        received: &Path,
        cut_after: usize,
    ) -> (Outcome, Outcome) {
        let mut caller = Machine::new(&Job::Send(document.to_owned()), sender).unwrap();
        let mut called =
            Machine::new(&Job::Receive(received.to_owned()), &Identity::of("2000")).unwrap();
        for _ in 0..cut_after {
            let (one, other) = (caller.say(), called.say());
            caller.hear(other);
            called.hear(one);
            if caller.has_ended() && called.has_ended() {
                break;
            }
        }
        (caller.finish(), called.finish())
    }

    #[test]
    fn two_pages_arrive_dot_by_dot_and_say_who_sent_them() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| directory.path().join(name);
        fs::write(file("document.tif"), document(400)).unwrap();
        let (sent, received) = send(&file("document.tif"), &file("once.tif"), 50 * 300);
        assert_eq!(received.error, None, "{received:?}");
        assert_eq!((received.pages, sent.pages), (2, 2));
        assert_eq!(received.station_id, "+44 161 496 0100");
        assert_eq!(sent.station_id, "2000");
        assert!(received.bit_rate >= 9_600, "{received:?}");
        let (_, again) = send(&file("once.tif"), &file("twice.tif"), 50 * 300);
        assert_eq!(again.pages, 2);
        // The compressed rows of equal pictures are equal.
        let images = |name: &str| crate::pdf(&fs::read(file(name)).unwrap()).unwrap();
        assert_eq!(images("once.tif"), images("twice.tif"));
    }

    #[test]
    fn header_with_the_time_of_the_zone_stands_above_each_page() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| directory.path().join(name);
        fs::write(file("document.tif"), document(400)).unwrap();
        let images = |name: &str, header: &str, zone: &str| {
            let sender = Identity {
                header: header.to_owned(),
                zone: zone.to_owned(),
                ..Identity::of("+44 161 496 0100")
            };
            let (_, received) = send_as(&sender, &file("document.tif"), &file(name), 50 * 300);
            assert_eq!((received.error, received.pages), (None, 2));
            crate::pdf(&fs::read(file(name)).unwrap()).unwrap()
        };
        let plain = images("plain.tif", "", "");
        let here = images("here.tif", "Fernhill", "");
        let there = images("there.tif", "Fernhill", "LOC-05:30");
        assert!(plain != here, "nothing is above");
        assert!(here != there, "the time is that of nowhere");
        if let Some(kept) = std::env::var_os("PATCHCORD_WRITE") {
            fs::copy(file("there.tif"), kept).unwrap();
        }
    }

    #[test]
    fn line_that_is_cut_is_told_of() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| directory.path().join(name);
        fs::write(file("document.tif"), document(400)).unwrap();
        let (_, received) = send(&file("document.tif"), &file("cut.tif"), 50 * 12);
        assert!(received.error.is_some(), "{received:?}");
        assert!(received.pages < 2, "{received:?}");
    }

    #[test]
    fn line_on_which_nobody_faxes_is_given_up() {
        let directory = tempfile::tempdir().unwrap();
        let job = Job::Receive(directory.path().join("none.tif"));
        let mut machine = Machine::new(&job, &Identity::of("2000")).unwrap();
        for _ in 0..50 * 120 {
            machine.say();
            machine.hear([0; crate::FRAME_SAMPLES]);
        }
        assert!(machine.has_ended());
        let outcome = machine.finish();
        assert!(outcome.error.is_some());
        assert_eq!(outcome.pages, 0);
    }
}
