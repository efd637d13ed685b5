//! Pages of the help, from the documentation that the program carries.

use crate::editor::{HelpText, Topic};
use crate::trouble::Trouble;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// See [`crate::editor::Topic`].
pub(crate) fn help(topic: &Topic) -> Result<HelpText, Trouble> {
    let markdown = match topic {
        Topic::Action(module) => callflow::action::catalog()
            .iter()
            .find(|entry| entry.module == module)
            .map(|entry| callflow::help::page(entry).to_markdown()),
        Topic::Problem(code) => callflow::check::explain(code).map(str::to_owned),
    };
    let markdown = markdown.ok_or_else(|| Trouble::NotFound("page of the help".to_owned()))?;
    Ok(written(&markdown))
}

/// The page as HTML. Links lead to files beside it, which a browser does not have: their words stay.
fn written(markdown: &str) -> HelpText {
    let mut title = String::new();
    let mut in_title = false;
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).filter(|event| {
        match event {
            Event::Start(Tag::Heading { level, .. }) if *level as usize == 1 => in_title = true,
            Event::End(TagEnd::Heading(level)) if *level as usize == 1 => {
                in_title = false;
                return false;
            }
            Event::Text(text) if in_title => title.push_str(text),
            Event::Start(Tag::Link { .. }) | Event::End(TagEnd::Link) => return false,
            _ => {}
        }
        !in_title
    });
    let mut text = String::new();
    html::push_html(&mut text, events);
    HelpText { title, html: text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_is_a_title_and_html() {
        let page = help(&Topic::Action("menu".to_owned())).unwrap();
        assert_eq!(page.title, "Menu");
        assert!(page.html.contains("<table>"), "{}", page.html);
        assert!(page.html.contains("Plays a greeting"), "{}", page.html);
        assert!(!page.html.contains("<h1>"), "{}", page.html);
        let page = help(&Topic::Problem("GREETING_ENDLESS".to_owned())).unwrap();
        assert_eq!(page.title, "A greeting never ends");
    }

    #[test]
    fn page_that_is_not_there_is_an_error() {
        assert!(help(&Topic::Action("../../secret".to_owned())).is_err());
    }
}
