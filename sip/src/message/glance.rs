//! What can be told of a message without indexing it.

/// Two header fields of a message, found in one pass over its head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Glance<'a> {
    /// `Call-ID`.
    pub call_id: &'a str,
    /// Whether it belongs to an INVITE: the request, its responses, or the ACK.
    pub invites: bool,
}

impl<'a> Glance<'a> {
    /// Looks at the head of a message. `None` where there is no `Call-ID`, or bytes before it that are no text.
    pub fn at(bytes: &'a [u8]) -> Option<Glance<'a>> {
        let mut call_id = None;
        let mut invites = None;
        for line in Lines(bytes).skip(1) {
            let Some(colon) = memchr::memchr(b':', line) else {
                continue;
            };
            let (name, value) = line.split_at(colon);
            let name = name.trim_ascii();
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            if name.eq_ignore_ascii_case(b"call-id") || name.eq_ignore_ascii_case(b"i") {
                call_id = call_id.or(Some(value));
            } else if name.eq_ignore_ascii_case(b"cseq") {
                invites = Some(value.ends_with(b"INVITE") || value.ends_with(b"ACK"));
            }
            if call_id.is_some() && invites.is_some() {
                break;
            }
        }
        Some(Glance {
            call_id: std::str::from_utf8(call_id?).ok()?,
            invites: invites.unwrap_or_default(),
        })
    }
}

/// The lines of a head, without their ends.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let feed = memchr::memchr(b'\n', self.0)?;
        let (line, rest) = self.0.split_at(feed);
        self.0 = rest.get(1..).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (!line.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::Glance;

    #[test]
    fn call_id_is_found_in_both_forms_and_not_in_the_body() {
        let long = b"BYE sip:a@b SIP/2.0\r\nCall-ID : 7f3a@h\r\nCSeq: 2 BYE\r\n\r\ni: other\r\n";
        let seen = Glance::at(long).map(|it| (it.call_id, it.invites));
        assert_eq!(seen, Some(("7f3a@h", false)));
        let short = b"SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\ni:x\r\n\r\n";
        let seen = Glance::at(short).map(|it| (it.call_id, it.invites));
        assert_eq!(seen, Some(("x", true)));
        assert_eq!(
            Glance::at(b"OPTIONS sip:a SIP/2.0\r\n\r\nCall-ID: 1\r\n"),
            None
        );
    }

    #[test]
    fn whatever_is_no_message_is_nothing() {
        for bytes in [
            &b""[..],
            b"\r\n\r\n",
            b"Call-ID: 1",
            b"\xff\xfe\n:\n\n",
            b"a\nCall-ID: \xff\n",
        ] {
            assert_eq!(Glance::at(bytes), None);
        }
    }
}
