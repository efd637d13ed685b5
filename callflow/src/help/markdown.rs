//! Help pages as Markdown.

use super::Page;
use std::fmt::Write;

impl Page {
    /// The page as Markdown.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!(
            "# {}\n\n{} Module `{}`.\n",
            self.title, self.summary, self.module
        );
        if !self.prose.is_empty() {
            text.push('\n');
            text.push_str(&self.prose);
            text.push('\n');
        }
        if !self.faces.is_empty() {
            text.push_str("\n## In the catalog\n\n");
            for face in &self.faces {
                line(
                    &mut text,
                    format_args!("* **{}**: {}.", face.label, face.help),
                );
            }
        }
        self.write_fields(&mut text);
        self.write_branches(&mut text);
        if let Some(example) = &self.example {
            line(
                &mut text,
                format_args!("\n## Example\n\n{}:\n", example.title),
            );
            line(&mut text, format_args!("```\n{}\n```", example.call));
        }
        text
    }

    fn write_fields(&self, text: &mut String) {
        text.push_str("\n## Fields\n\n");
        if self.fields.is_empty() {
            text.push_str("There is nothing to set.\n");
            return;
        }
        text.push_str("| Field | Key | Values | New | Meaning |\n|---|---|---|---|---|\n");
        for field in &self.fields {
            let default = cell(&field.default);
            line(
                text,
                format_args!(
                    "| {} | `{}` | {} | {default} | {} |",
                    cell(&field.label),
                    field.key,
                    cell(&field.values),
                    cell(&field.help),
                ),
            );
        }
    }

    fn write_branches(&self, text: &mut String) {
        line(
            text,
            format_args!("\n## Branches\n\n{}", self.branches.text),
        );
        if self.branches.keys.is_empty() {
            return;
        }
        text.push_str("\n| Branch | Key |\n|---|---|\n");
        for (key, label) in &self.branches.keys {
            line(text, format_args!("| {} | `{key}` |", cell(label)));
        }
    }
}

/// Writing to memory does not fail.
fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
    text.push('\n');
}

/// Text inside a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
