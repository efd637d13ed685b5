//! Pages of black and white dots, and how shades of grey become them.

/// Dots of a row: every fax machine has paper this wide (ITU-T T.30, 215 mm at 8 dots a millimetre).
pub(crate) const WIDTH: usize = 1728;
/// Bytes of a row.
pub(crate) const ROW: usize = WIDTH / 8;

/// Greys up to here are black, and from [`WHITE`] on white: paper that is not quite white, and print that is not quite
/// black, must not become dust.
const BLACK: u8 = 48;
/// See [`BLACK`].
const WHITE: u8 = 232;
/// The middle.
const HALF: i32 = 128;
/// Where neighbours differ by more, there is an edge of a letter or a line.
const EDGE: u8 = 112;

/// A page. A bit that is set is a black dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bitmap {
    bits: Vec<u8>,
}

impl Bitmap {
    /// The rows from top to bottom.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.bits.as_chunks::<ROW>().0.iter().map(|row| &row[..])
    }

    /// Black and white of greys, 0 being black, in rows of [`WIDTH`].
    ///
    /// Edges stay sharp: there each dot is what it is closest to, as letters are read and not looked at, and as dust along
    /// their edges would take long to send. Elsewhere shades become patterns of dots (Floyd and Steinberg, row by row to and fro).
    pub(crate) fn of_greys(greys: &[u8]) -> Self {
        let rows = greys.as_chunks::<WIDTH>().0;
        let mut bits = Vec::with_capacity(rows.len() * ROW);
        // What the dots before owe, in sixteenths; one place more at each side.
        let mut owed = vec![0_i32; WIDTH + 2];
        for (y, row) in rows.iter().enumerate() {
            let mut line = [0_u8; ROW];
            let mut below = vec![0_i32; WIDTH + 2];
            let forward = y % 2 == 0;
            let around = [rows.get(y.wrapping_sub(1)), Some(row), rows.get(y + 1)];
            for step in 0..WIDTH {
                let x = if forward { step } else { WIDTH - 1 - step };
                let grey = row[x];
                let owing = i32::from(grey) + owed[x + 1] / 16;
                let (black, left) = match grey {
                    0..=BLACK => (true, 0),
                    WHITE..=255 => (false, 0),
                    _ if is_edge(&around, x) => (i32::from(grey) < HALF, 0),
                    _ if owing < HALF => (true, owing),
                    _ => (false, owing - 255),
                };
                if black {
                    line[x / 8] |= 0x80 >> (x % 8);
                }
                let (ahead, behind) = if forward { (x + 2, x) } else { (x, x + 2) };
                owed[ahead] += left * 7;
                below[behind] += left * 3;
                below[x + 1] += left * 5;
                below[ahead] += left;
            }
            bits.extend(line);
            owed = below;
        }
        Self { bits }
    }

    #[cfg(test)]
    pub(crate) fn of_bits(bits: Vec<u8>) -> Self {
        Self { bits }
    }
}

/// Whether a dot and those around it differ as at the edge of a letter.
fn is_edge(around: &[Option<&[u8; WIDTH]>; 3], x: usize) -> bool {
    let columns = x.saturating_sub(1)..(x + 2).min(WIDTH);
    let near = around.iter().flatten();
    let mut near = near.flat_map(|row| &row[columns.clone()]);
    let first = near.next().copied().unwrap_or(0);
    let (least, most) = near.fold((first, first), |(least, most), grey| {
        (least.min(*grey), most.max(*grey))
    });
    most - least > EDGE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blacks(page: &Bitmap) -> usize {
        let bytes = page.rows().flatten();
        bytes.map(|byte| byte.count_ones() as usize).sum()
    }

    #[test]
    fn share_of_black_dots_is_the_shade() {
        for grey in [64_u8, 100, 128, 160, 220] {
            let page = Bitmap::of_greys(&vec![grey; WIDTH * 200]);
            let share = blacks(&page) as f64 / (WIDTH * 200) as f64;
            let wanted = 1.0 - f64::from(grey) / 255.0;
            assert!((share - wanted).abs() < 0.01, "{grey}: {share} of {wanted}");
        }
    }

    #[test]
    fn paper_and_print_leave_no_dust() {
        assert_eq!(blacks(&Bitmap::of_greys(&vec![235; WIDTH * 50])), 0);
        assert_eq!(blacks(&Bitmap::of_greys(&vec![40; WIDTH * 50])), WIDTH * 50);
    }

    #[test]
    fn soft_edge_of_a_letter_becomes_one_straight_line() {
        let mut greys = Vec::new();
        for _ in 0..40 {
            let mut row = vec![255; WIDTH];
            row[100..110].fill(0);
            row[99] = 100;
            row[110] = 180;
            greys.extend(row);
        }
        let page = Bitmap::of_greys(&greys);
        let mut wanted = [0_u8; ROW];
        for x in 99..110 {
            wanted[x / 8] |= 0x80 >> (x % 8);
        }
        assert!(page.rows().all(|row| row == wanted));
    }
}
