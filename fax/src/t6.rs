//! Compression of rows for fax: ITU-T T.6, as TIFF files and error-corrected faxes hold them.

mod codes;

use crate::bitmap::{Bitmap, WIDTH};

/// Runs longer than this begin with a code word for whole multiples of it.
const STEP: usize = 64;
/// The end of the page: two end-of-line words (T.6 §2.4.1.1).
const END: &str = "000000000001000000000001";

/// The rows of a page, compressed; the first bit is the highest of its byte.
#[must_use]
pub(crate) fn compress(page: &Bitmap) -> Vec<u8> {
    let mut out = Bits::default();
    let mut above = changes(&[]);
    for row in page.rows() {
        let own = changes(row);
        encode(&mut out, &above, &own);
        above = own;
    }
    out.word(END);
    out.finish()
}

/// Where the colour changes in a row that begins white: to black at even indices, to white at odd ones. The edge of
/// the paper follows as often as it may be asked for.
fn changes(row: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut black = false;
    for (at, byte) in row.iter().enumerate() {
        // Most of a page is of one colour.
        if *byte == if black { 0xff } else { 0 } {
            continue;
        }
        for bit in 0..8 {
            let dot = byte & (0x80 >> bit) != 0;
            if dot != black {
                found.push(at * 8 + bit);
                black = dot;
            }
        }
    }
    found.extend([WIDTH; 4]);
    found
}

/// One row, told by how it differs from that above (T.6 §2.2).
fn encode(out: &mut Bits, above: &[usize], own: &[usize]) {
    let at = |list: &[usize], index: usize| list.get(index).copied().unwrap_or(WIDTH);
    // The dot before the first is white and stands left of the paper.
    let mut begun: Option<usize> = None;
    let (mut next, mut near) = (0, 0);
    while begun.is_none_or(|begun| begun < WIDTH) {
        let passed = |dot: usize| begun.is_some_and(|begun| dot <= begun);
        // The change above that is to the same colour, behind the last dot that was told.
        while near > 0 && !passed(at(above, near - 1)) {
            near -= 1;
        }
        while near < above.len() && (near % 2 != next % 2 || passed(at(above, near))) {
            near += 1;
        }
        let (a1, b1, b2) = (at(own, next), at(above, near), at(above, near + 1));
        if b2 < a1 {
            out.word("0001");
            begun = Some(b2);
        } else if let Some(word) = vertical(a1, b1) {
            out.word(word);
            begun = Some(a1);
            next += 1;
        } else {
            let a2 = at(own, next + 1);
            out.word("001");
            out.run(a1 - begun.unwrap_or(0), next % 2 == 1);
            out.run(a2 - a1, next % 2 == 0);
            begun = Some(a2);
            next += 2;
        }
    }
}

/// The word for a change close to that above.
fn vertical(own: usize, above: usize) -> Option<&'static str> {
    match (own.checked_sub(above), above.checked_sub(own)) {
        (Some(0), _) => Some("1"),
        (Some(1), _) => Some("011"),
        (Some(2), _) => Some("000011"),
        (Some(3), _) => Some("0000011"),
        (_, Some(1)) => Some("010"),
        (_, Some(2)) => Some("000010"),
        (_, Some(3)) => Some("0000010"),
        _ => None,
    }
}

/// Code words on their way into bytes.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    /// Bits of the last byte that are taken.
    taken: u8,
}

impl Bits {
    fn word(&mut self, word: &str) {
        for bit in word.bytes() {
            if self.taken == 0 {
                self.bytes.push(0);
            }
            if let (b'1', Some(last)) = (bit, self.bytes.last_mut()) {
                *last |= 0x80 >> self.taken;
            }
            self.taken = (self.taken + 1) % 8;
        }
    }

    /// A run of at most [`WIDTH`] dots.
    fn run(&mut self, dots: usize, black: bool) {
        let (few, more) = match black {
            true => (&codes::BLACK, &codes::BLACK_MORE),
            false => (&codes::WHITE, &codes::WHITE_MORE),
        };
        let steps = (dots / STEP).checked_sub(1);
        for word in [steps.and_then(|it| more.get(it)), few.get(dots % STEP)] {
            self.word(word.copied().unwrap_or_default());
        }
    }

    fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
