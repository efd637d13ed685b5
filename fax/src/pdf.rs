//! Faxes as PDF: the same compressed rows as in the TIFF file, in another wrapping. Nothing is decoded.

use std::fmt::Write;

/// Points in an inch.
const POINTS: f64 = 72.0;
/// Dots an inch when the file does not say: fine.
const USUAL: (f64, f64) = (204.0, 196.0);
/// Pages of the longest fax.
const MOST_PAGES: usize = 10_000;
/// Values of one field that are read: strips of a page.
const MOST_VALUES: usize = 100_000;

/// Why a file is no fax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TiffError {
    /// It is cut off, or no TIFF at all.
    #[error("the file is damaged")]
    Damaged,
    /// Its pages are compressed in another way than faxes are kept here.
    #[error("the pages are not compressed as T.6")]
    Foreign,
}

/// A page: its size, and its strips of rows, each compressed for itself.
struct Page<'a> {
    width: u32,
    height: u32,
    dots_per_inch: (f64, f64),
    black_is_one: bool,
    strips: Vec<(u32, std::borrow::Cow<'a, [u8]>)>,
}

/// The PDF of a fax.
///
/// # Errors
/// When the file is not a TIFF file of T.6 pages.
pub fn pdf(tiff: &[u8]) -> Result<Vec<u8>, TiffError> {
    let pages = Tiff::open(tiff)?.pages()?;
    let mut out = Document::default();
    let (catalog, tree) = (out.reserve(), out.reserve());
    let mut kids = String::new();
    for page in &pages {
        let page = out.page(tree, page);
        let _ = write!(kids, "{page} 0 R ");
    }
    let tree_text = format!("<</Type/Pages/Count {}/Kids[{kids}]>>", pages.len());
    out.object(tree, tree_text.as_bytes());
    out.object(
        catalog,
        format!("<</Type/Catalog/Pages {tree} 0 R>>").as_bytes(),
    );
    Ok(out.finish(catalog))
}

/// A PDF file in the making.
#[derive(Default)]
struct Document {
    bytes: Vec<u8>,
    /// Where each object begins.
    offsets: Vec<usize>,
}

impl Document {
    fn reserve(&mut self) -> usize {
        if self.bytes.is_empty() {
            self.bytes.extend(b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n");
        }
        self.offsets.push(0);
        self.offsets.len()
    }

    fn object(&mut self, number: usize, content: &[u8]) {
        if let Some(offset) = self.offsets.get_mut(number - 1) {
            *offset = self.bytes.len();
        }
        self.bytes.extend(format!("{number} 0 obj\n").as_bytes());
        self.bytes.extend(content);
        self.bytes.extend(b"\nendobj\n");
    }

    fn stream(&mut self, entries: &str, content: &[u8]) -> usize {
        let number = self.reserve();
        let mut bytes = format!("<<{entries}/Length {}>>\nstream\n", content.len()).into_bytes();
        bytes.extend(content);
        bytes.extend(b"\nendstream");
        self.object(number, &bytes);
        number
    }

    fn page(&mut self, tree: usize, page: &Page<'_>) -> usize {
        let points = |dots: u32, per_inch: f64| f64::from(dots) * POINTS / per_inch;
        let width = points(page.width, page.dots_per_inch.0);
        let height = points(page.height, page.dots_per_inch.1);
        let (mut names, mut drawing, mut above) = (String::new(), String::new(), 0);
        for (index, (rows, strip)) in page.strips.iter().enumerate() {
            let entries = format!(
                "/Type/XObject/Subtype/Image/Width {0}/Height {rows}/BitsPerComponent 1/ColorSpace/DeviceGray\
                 /Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns {0}/Rows {rows}/BlackIs1 {1}>>",
                page.width, page.black_is_one,
            );
            let image = self.stream(&entries, strip);
            above += rows;
            let tall = points(*rows, page.dots_per_inch.1);
            let bottom = height - points(above, page.dots_per_inch.1);
            let _ = write!(names, "/S{index} {image} 0 R");
            let _ = writeln!(
                drawing,
                "q {width:.3} 0 0 {tall:.3} 0 {bottom:.3} cm /S{index} Do Q"
            );
        }
        let drawing = self.stream("", drawing.as_bytes());
        let number = self.reserve();
        let text = format!(
            "<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 {width:.3} {height:.3}]\
             /Resources<</XObject<<{names}>>>>/Contents {drawing} 0 R>>"
        );
        self.object(number, text.as_bytes());
        number
    }

    fn finish(mut self, catalog: usize) -> Vec<u8> {
        let begin = self.bytes.len();
        let count = self.offsets.len() + 1;
        let mut table = format!("xref\n0 {count}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            let _ = writeln!(table, "{offset:010} 00000 n ");
        }
        let _ = write!(
            table,
            "trailer\n<</Size {count}/Root {catalog} 0 R>>\nstartxref\n{begin}\n%%EOF\n"
        );
        self.bytes.extend(table.as_bytes());
        self.bytes
    }
}

/// A TIFF file.
struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

/// One field of a page.
struct Field {
    tag: u16,
    kind: u16,
    count: usize,
    /// Where its values are.
    at: usize,
}

impl<'a> Tiff<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, TiffError> {
        let little = match bytes.get(..4) {
            Some(b"II\x2A\0") => true,
            Some(b"MM\0\x2A") => false,
            _ => return Err(TiffError::Damaged),
        };
        Ok(Self { bytes, little })
    }

    fn slice(&self, at: usize, length: usize) -> Result<&'a [u8], TiffError> {
        let end = at.checked_add(length).ok_or(TiffError::Damaged)?;
        self.bytes.get(at..end).ok_or(TiffError::Damaged)
    }

    fn short(&self, at: usize) -> Result<u16, TiffError> {
        let bytes = self.slice(at, 2)?.try_into();
        let bytes = bytes.map_err(|_| TiffError::Damaged)?;
        Ok(match self.little {
            true => u16::from_le_bytes(bytes),
            false => u16::from_be_bytes(bytes),
        })
    }

    fn long(&self, at: usize) -> Result<u32, TiffError> {
        let bytes = self.slice(at, 4)?.try_into();
        let bytes = bytes.map_err(|_| TiffError::Damaged)?;
        Ok(match self.little {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        })
    }

    fn pages(&self) -> Result<Vec<Page<'a>>, TiffError> {
        let mut pages = Vec::new();
        let mut at = self.long(4)? as usize;
        while at != 0 {
            if pages.len() >= MOST_PAGES {
                return Err(TiffError::Damaged); // it goes round in a circle
            }
            let count = usize::from(self.short(at)?);
            let fields = (0..count).map(|index| self.field(at + 2 + 12 * index));
            let fields = fields.collect::<Result<Vec<_>, _>>()?;
            pages.push(self.page(&fields)?);
            at = self.long(at + 2 + 12 * count)? as usize;
        }
        if pages.is_empty() {
            return Err(TiffError::Damaged);
        }
        Ok(pages)
    }

    fn field(&self, at: usize) -> Result<Field, TiffError> {
        let kind = self.short(at + 2)?;
        let count = self.long(at + 4)? as usize;
        let size = match kind {
            3 => 2,
            4 => 4,
            5 => 8,
            _ => 1,
        };
        let at_values = match count.saturating_mul(size) {
            0..=4 => at + 8,
            _ => self.long(at + 8)? as usize,
        };
        Ok(Field {
            tag: self.short(at)?,
            kind,
            count,
            at: at_values,
        })
    }

    fn values(&self, fields: &[Field], tag: u16) -> Result<Vec<u32>, TiffError> {
        let Some(field) = fields.iter().find(|field| field.tag == tag) else {
            return Ok(Vec::new());
        };
        if field.count > MOST_VALUES {
            return Err(TiffError::Damaged);
        }
        let value = |index: usize| match field.kind {
            3 => self.short(field.at + 2 * index).map(u32::from),
            4 => self.long(field.at + 4 * index),
            _ => Err(TiffError::Damaged),
        };
        (0..field.count).map(value).collect()
    }

    fn value(&self, fields: &[Field], tag: u16, otherwise: u32) -> Result<u32, TiffError> {
        let values = self.values(fields, tag)?;
        Ok(values.first().copied().unwrap_or(otherwise))
    }

    fn resolution(&self, fields: &[Field], tag: u16, usual: f64) -> Result<f64, TiffError> {
        let Some(field) = fields.iter().find(|it| it.tag == tag && it.kind == 5) else {
            return Ok(usual);
        };
        let (dots, units) = (self.long(field.at)?, self.long(field.at + 4)?);
        // ResolutionUnit: 3 is centimetres.
        let inch = match self.value(fields, 296, 2)? {
            3 => 2.54,
            _ => 1.0,
        };
        let resolution = f64::from(dots) / f64::from(units) * inch;
        let sane = resolution.is_finite() && (10.0..10_000.0).contains(&resolution);
        Ok(if sane { resolution } else { usual })
    }

    fn page(&self, fields: &[Field]) -> Result<Page<'a>, TiffError> {
        if self.value(fields, 259, 1)? != 4 {
            return Err(TiffError::Foreign);
        }
        let (width, height) = (self.value(fields, 256, 0)?, self.value(fields, 257, 0)?);
        if width == 0 || height == 0 || width > 0xFFFF || height > 0xFF_FFFF {
            return Err(TiffError::Damaged);
        }
        let rows_per_strip = self.value(fields, 278, height)?.clamp(1, height);
        let low_bit_first = self.value(fields, 266, 1)? == 2;
        let (offsets, lengths) = (self.values(fields, 273)?, self.values(fields, 279)?);
        let mut strips = Vec::new();
        let mut left = height;
        for (offset, length) in offsets.iter().zip(&lengths) {
            let rows = rows_per_strip.min(left);
            if rows == 0 {
                break;
            }
            left -= rows;
            let bytes = self.slice(*offset as usize, *length as usize)?;
            let bytes = match low_bit_first {
                true => bytes
                    .iter()
                    .map(|byte| byte.reverse_bits())
                    .collect::<Vec<_>>()
                    .into(),
                false => bytes.into(),
            };
            strips.push((rows, bytes));
        }
        if left > 0 {
            return Err(TiffError::Damaged);
        }
        Ok(Page {
            width,
            height,
            dots_per_inch: (
                self.resolution(fields, 282, USUAL.0)?,
                self.resolution(fields, 283, USUAL.1)?,
            ),
            // PhotometricInterpretation: 0 says that zero bits are white, as on paper.
            black_is_one: self.value(fields, 262, 0)? == 1,
            strips,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_tiff_is_refused() {
        for bytes in [
            &b""[..],
            b"II",
            b"II\x2A\0",
            b"II\x2A\0\x08\0\0\0\xFF\xFF",
            b"%PDF",
        ] {
            assert_eq!(pdf(bytes), Err(TiffError::Damaged), "{bytes:?}");
        }
    }

    #[test]
    fn pages_that_go_round_in_a_circle_are_refused() {
        let mut bytes = b"II\x2A\0\x08\0\0\0".to_vec();
        let fields: [(u16, u16, u32); 5] = [
            (256, 3, 8),
            (257, 3, 1),
            (259, 3, 4),
            (273, 4, 0),
            (279, 4, 8),
        ];
        bytes.extend(5_u16.to_le_bytes());
        for (tag, kind, value) in fields {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(0_u32.to_le_bytes());
        assert!(pdf(&bytes).is_ok());
        let next = bytes.len() - 4;
        bytes[next] = 8;
        assert_eq!(pdf(&bytes), Err(TiffError::Damaged));
    }
}
