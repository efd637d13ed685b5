//! Pages to be sent, made of a PDF file.
//!
//! The file is what a stranger may have made: it may crash whoever reads it, or never end. Read it in a process of its own.

use crate::bitmap::{Bitmap, WIDTH};
use crate::tiff::{FINE, Writer};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use serde::{Deserialize, Serialize};

/// Bytes of the largest PDF file that is taken.
pub const LARGEST_PDF: usize = 32 << 20;
/// Pages of the longest fax that is sent: some two hours.
pub const MOST_PAGES: usize = 200;
/// Bytes of the largest TIFF file that is made.
pub const LARGEST_TIFF: usize = 64 << 20;
/// Rows of the longest page, 52 cm. Longer ones are made smaller.
const MOST_ROWS: f64 = 4_000.0;
/// Points in an inch, which PDF measures in.
const POINTS: f64 = 72.0;

/// Why a PDF file cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PagesError {
    /// It has too many bytes.
    #[error("the file is too large: {} MB is the most", LARGEST_PDF >> 20)]
    TooLarge,
    /// It is none, or it is damaged.
    #[error("the file is no PDF, or it is damaged")]
    Damaged,
    /// A password is needed to read it.
    #[error("the PDF is protected by a password; save it without one and send that")]
    Protected,
    /// It is encrypted in a way that is not known.
    #[error("the PDF is encrypted; save it without encryption and send that")]
    Encrypted,
    /// It has no pages.
    #[error("the PDF has no pages")]
    Empty,
    /// It has too many pages.
    #[error("the PDF has {0} pages, more than the {MOST_PAGES} that one fax may have")]
    TooManyPages(usize),
    /// A page has no size, or none that could be on paper.
    #[error("page {0} of the PDF has no size")]
    NoSize(usize),
    /// What is on the pages cannot be compressed.
    #[error("the pages of the PDF hold too much detail for a fax; send fewer of them")]
    TooDetailed,
}

impl From<LoadPdfError> for PagesError {
    fn from(error: LoadPdfError) -> Self {
        match error {
            LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Self::Protected,
            LoadPdfError::Decryption(_) => Self::Encrypted,
            LoadPdfError::Invalid => Self::Damaged,
        }
    }
}

/// Pages that can be sent.
#[derive(Debug)]
pub struct Pages {
    /// A TIFF file of T.6 pages at fine resolution, 1728 dots wide.
    pub tiff: Vec<u8>,
    /// How many there are.
    pub count: usize,
}

/// Makes the pages of a PDF file. What it draws in the size of paper keeps its size; larger pages are made smaller, and
/// those that are broader than long lie down.
///
/// # Errors
/// Why it cannot be sent. Whoever made the file may also have it take long, or all memory.
pub fn pages(pdf: Vec<u8>) -> Result<Pages, PagesError> {
    if pdf.len() > LARGEST_PDF {
        return Err(PagesError::TooLarge);
    }
    let pdf = Pdf::new(pdf)?;
    let count = pdf.pages().len();
    let of = match count {
        0 => return Err(PagesError::Empty),
        1..=MOST_PAGES => u16::try_from(count).unwrap_or(u16::MAX),
        more => return Err(PagesError::TooManyPages(more)),
    };
    let mut tiff = Writer::new();
    let cache = RenderCache::new();
    for (index, page) in pdf.pages().iter().enumerate() {
        let placed = Placed::on_paper(page).ok_or(PagesError::NoSize(index + 1))?;
        tiff.page(&draw(page, &placed, &cache), of);
        if tiff.len() > LARGEST_TIFF {
            return Err(PagesError::TooDetailed);
        }
    }
    let tiff = tiff.finish();
    Ok(Pages { tiff, count })
}

/// How a page comes to lie on the paper of a fax machine.
struct Placed {
    rows: u16,
    transform: Affine,
}

impl Placed {
    fn on_paper(page: &Page<'_>) -> Option<Self> {
        let (width, height) = page.render_dimensions();
        let (width, height) = (f64::from(width), f64::from(height));
        let sane = |length: f64| length.is_finite() && (1.0..1e6).contains(&length);
        if !sane(width) || !sane(height) {
            return None;
        }
        let (across, down) = (f64::from(FINE.0) / POINTS, f64::from(FINE.1) / POINTS);
        let paper = WIDTH as f64;
        // A page that is too broad is turned by a right angle, if it is then less so.
        let turned = width * across > paper && width > height;
        let (broad, long) = if turned {
            (height, width)
        } else {
            (width, height)
        };
        let scale = (paper / (broad * across))
            .min(MOST_ROWS / (long * down))
            .min(1.0);
        let turn = match turned {
            // Its left edge becomes the top one.
            true => Affine::new([0.0, 1.0, -1.0, 0.0, height, 0.0]),
            false => Affine::IDENTITY,
        };
        let (across, down) = (across * scale, down * scale);
        let margin = ((paper - broad * across) / 2.0).max(0.0).floor();
        let transform = Affine::translate((margin, 0.0))
            * Affine::scale_non_uniform(across, down)
            * turn
            * page.initial_transform(true).to_kurbo();
        let rows = (long * down).round().clamp(1.0, MOST_ROWS);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped"
        )]
        let rows = rows as u16;
        Some(Self { rows, transform })
    }
}

fn draw<'a>(page: &'a Page<'a>, placed: &Placed, cache: &RenderCache<'a>) -> Bitmap {
    let width = u16::try_from(WIDTH).unwrap_or(u16::MAX);
    let mut context = RenderContext::new(width, placed.rows);
    render_into(
        page,
        cache,
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &mut context,
        placed.transform,
    );
    context.flush();
    let mut drawn = Pixmap::new(width, placed.rows);
    let settings = RasterizerSettings {
        target_init: TargetInit::Clear(WHITE),
        ..RasterizerSettings::default()
    };
    context.render_with(&mut drawn, &mut Resources::default(), settings);
    let dots = drawn.data_as_u8_slice().as_chunks::<4>().0;
    let greys: Vec<u8> = dots.iter().map(|[r, g, b, _]| grey(*r, *g, *b)).collect();
    Bitmap::of_greys(&greys)
}

/// How bright a colour is (ITU-R BT.601 §2.5.1).
fn grey(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from((sum + 500) / 1000).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests;
