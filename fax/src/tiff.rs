//! The TIFF file of a fax that is to be sent: one strip of T.6 rows to a page (TIFF 6.0 §11, RFC 2306).

use crate::bitmap::{Bitmap, WIDTH};
use crate::t6;

/// Dots an inch across and down: fine (ITU-T T.4, 8 dots by 7.7 lines a millimetre).
pub(crate) const FINE: (u32, u32) = (204, 196);

/// A field of a page: its number, whether it is a long, and its value.
type Field = (u16, u16, u32);
/// Kinds of values.
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;

/// A file in the making.
pub(crate) struct Writer {
    bytes: Vec<u8>,
    /// Where the place of the next page's directory is to be written.
    link: usize,
    pages: u16,
}

impl Writer {
    pub(crate) fn new() -> Self {
        let bytes = b"II\x2A\0\0\0\0\0".to_vec();
        let link = 4;
        let pages = 0;
        Self { bytes, link, pages }
    }

    /// Bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a page. `of` is how many there will be. The file must stay below 4 GiB.
    pub(crate) fn page(&mut self, page: &Bitmap, of: u16) {
        let rows = t6::compress(page);
        let strip = self.append(&rows);
        let (across, down) = FINE;
        let resolutions = [across, 1, down, 1].map(u32::to_le_bytes).concat();
        let resolutions = self.append(&resolutions);
        let numbers = u32::from(self.pages) | u32::from(of) << 16;
        let height = u32::try_from(page.rows().len()).unwrap_or(u32::MAX);
        let fields: [Field; 16] = [
            (254, LONG, 2),                                      // a page of several
            (256, LONG, u32::try_from(WIDTH).unwrap_or(0)),      // width
            (257, LONG, height),                                 // length
            (258, SHORT, 1),                                     // bits a dot
            (259, SHORT, 4),                                     // T.6
            (262, SHORT, 0),                                     // zero is white
            (266, SHORT, 1),                                     // high bits first
            (273, LONG, strip),                                  // the strip
            (277, SHORT, 1),                                     // values a dot
            (278, LONG, height),                                 // rows of the strip
            (279, LONG, u32::try_from(rows.len()).unwrap_or(0)), // bytes of the strip
            (282, RATIONAL, resolutions),                        // across
            (283, RATIONAL, resolutions + 8),                    // down
            (293, LONG, 0),                                      // T.6 without plain rows
            (296, SHORT, 2),                                     // inches
            (297, SHORT, numbers),                               // this page of all
        ];
        let mut directory = u16::try_from(fields.len())
            .unwrap_or(0)
            .to_le_bytes()
            .to_vec();
        for (tag, kind, value) in fields {
            let count: u32 = if tag == 297 { 2 } else { 1 };
            directory.extend(tag.to_le_bytes());
            directory.extend(kind.to_le_bytes());
            directory.extend(count.to_le_bytes());
            directory.extend(value.to_le_bytes());
        }
        let end = directory.len();
        directory.extend([0; 4]);
        let at = self.append(&directory);
        if let Some(link) = self.bytes.get_mut(self.link..self.link + 4) {
            link.copy_from_slice(&at.to_le_bytes());
        }
        self.link = at as usize + end;
        self.pages += 1;
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Appends at an even place (TIFF 6.0 §2), which is returned.
    fn append(&mut self, content: &[u8]) -> u32 {
        if self.bytes.len() % 2 == 1 {
            self.bytes.push(0);
        }
        let at = u32::try_from(self.bytes.len()).unwrap_or(0);
        self.bytes.extend(content);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bitmap::ROW;
    use std::process::Command;

    /// Pages as libtiff reads them: their rows without compression.
    fn read_by_libtiff(tiff: &[u8]) -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let [from, to] = ["from.tif", "to.tif"].map(|name| directory.path().join(name));
        std::fs::write(&from, tiff).unwrap();
        let done = Command::new("tiffcp")
            .args(["-c", "none", "-r", "100000"])
            .args([&from, &to])
            .output()
            .expect("tiffcp, of libtiff-tools");
        assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
        std::fs::read(to).unwrap()
    }

    /// Whether the rows stand in what libtiff wrote, one after another.
    fn holds(plain: &[u8], page: &Bitmap) -> bool {
        let rows: Vec<u8> = page.rows().flatten().copied().collect();
        plain.windows(rows.len()).any(|window| window == rows)
    }

    /// A row with this run of black dots behind as many white ones as told.
    fn run(white: usize, black: usize) -> [u8; ROW] {
        let mut row = [0; ROW];
        for x in white..(white + black).min(WIDTH) {
            row[x / 8] |= 0x80 >> (x % 8);
        }
        row
    }

    #[test]
    fn every_run_of_white_and_of_black_is_read_back_by_libtiff() {
        let mut bits = Vec::new();
        for length in 0..=WIDTH {
            bits.extend(run(length, WIDTH));
            bits.extend([0; ROW]);
            bits.extend(run(0, length));
            bits.extend(run(WIDTH - length, 5));
        }
        let page = Bitmap::of_bits(bits);
        let mut tiff = Writer::new();
        tiff.page(&page, 1);
        assert!(holds(&read_by_libtiff(&tiff.finish()), &page));
    }

    #[test]
    fn noise_on_several_pages_is_read_back_by_libtiff_and_wrapped_as_pdf() {
        let mut state = 1_u32;
        let mut noise = |density: u32| {
            let mut bits = Vec::new();
            for _ in 0..ROW * 300 {
                let mut byte = 0_u8;
                for _ in 0..8 {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    byte = byte << 1 | u8::from(state >> 24 < density);
                }
                bits.push(byte);
            }
            Bitmap::of_bits(bits)
        };
        let pages = [noise(128), noise(8), noise(250)];
        let mut tiff = Writer::new();
        for page in &pages {
            tiff.page(page, 3);
        }
        let tiff = tiff.finish();
        let plain = read_by_libtiff(&tiff);
        for page in &pages {
            assert!(holds(&plain, page));
        }
        let pdf = crate::pdf(&tiff).unwrap();
        assert!(String::from_utf8_lossy(&pdf).contains("/Count 3"));
    }
}
