//! Wildcards of policy documents: `*` stands for any run of characters, `?` for one.
//!
//! One rule serves all dialects. Huawei documents its `*` as one per segment, but none of its actions
//! has more segments than its patterns, so letting the run cross a colon changes no decision.

/// Whether letters match in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// As action names are compared in every dialect.
    Ignored,
    /// As resources and condition values are compared.
    Significant,
}

/// A compiled wildcard pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: Box<str>,
    shape: Shape,
    case: Case,
}

/// The shapes that need no search, which are nearly all that people write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Anything,
    Exact,
    Prefix,
    Glob,
}

impl Pattern {
    pub(crate) fn new(text: &str, case: Case) -> Self {
        let shape = match text.find(['*', '?']) {
            None => Shape::Exact,
            Some(at) if text[at..].bytes().all(|byte| byte == b'*') => {
                if at == 0 {
                    Shape::Anything
                } else {
                    Shape::Prefix
                }
            }
            Some(_) => Shape::Glob,
        };
        let kept = if shape == Shape::Prefix { text.trim_end_matches('*') } else { text };
        Self { text: kept.into(), shape, case }
    }

    pub(crate) fn matches(&self, subject: &str) -> bool {
        let (pattern, subject) = (self.text.as_bytes(), subject.as_bytes());
        match self.shape {
            Shape::Anything => true,
            Shape::Exact => pattern.len() == subject.len() && self.same(pattern, subject),
            Shape::Prefix => subject.get(..pattern.len()).is_some_and(|start| self.same(pattern, start)),
            Shape::Glob => self.search(pattern, subject),
        }
    }

    fn same(&self, left: &[u8], right: &[u8]) -> bool {
        match self.case {
            Case::Ignored => left.eq_ignore_ascii_case(right),
            Case::Significant => left == right,
        }
    }

    /// Remembers the last `*` only: going back further can never help, so the time is bounded by the
    /// product of the lengths, whatever a tenant writes.
    fn search(&self, pattern: &[u8], subject: &[u8]) -> bool {
        let (mut p, mut s) = (0, 0);
        let mut last_star: Option<(usize, usize)> = None;
        while s < subject.len() {
            match pattern.get(p) {
                Some(b'*') => {
                    last_star = Some((p, s));
                    p += 1;
                }
                Some(b'?') => {
                    p += 1;
                    s += char_length(subject[s]);
                }
                Some(byte) if self.same(&[*byte], &subject[s..=s]) => {
                    p += 1;
                    s += 1;
                }
                _ => {
                    let Some((star, from)) = last_star else { return false };
                    let next = from + char_length(subject[from]);
                    last_star = Some((star, next));
                    (p, s) = (star + 1, next);
                }
            }
        }
        pattern[p..].iter().all(|byte| *byte == b'*')
    }
}

/// The length in bytes of the UTF-8 character that starts with `first`.
fn char_length(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_match_by_wildcards_in_either_case() {
        let table = [
            ("*", "cms:PutContactGroup", true),
            ("**", "anything", true),
            ("cms:*", "cms:PutContactGroup", true),
            ("cms:*", "cmsx:PutContactGroup", false),
            ("cms:*", "cm", false),
            ("CMS:putcontactgroup", "cms:PutContactGroup", true),
            ("cms:PutContactGroup", "cms:PutContactGroups", false),
            ("cms:Describe*List", "cms:DescribeContactList", true),
            ("cms:Describe*List", "cms:DescribeContact", false),
            ("*:Get*", "edas:GetAppGroup", true),
            ("ces:*:get", "ces:alarms:get", true),
            ("ces:*:get", "ces:alarms:put", false),
            ("cms:Put?ontact", "cms:PutContact", true),
            ("cms:Put?ontact", "cms:Putontact", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b", false),
            ("", "", true),
            ("", "x", false),
        ];
        for (pattern, subject, expected) in table {
            assert_eq!(
                Pattern::new(pattern, Case::Ignored).matches(subject),
                expected,
                "{pattern} {subject}"
            );
        }
    }

    #[test]
    fn resources_match_whole_characters_and_their_case() {
        let table = [
            ("acs:ram:*:*:user/值?", "acs:ram::1:user/值班", true),
            ("acs:ram:*:*:user/?", "acs:ram::1:user/值班", false),
            ("Acs:*", "acs:ram", false),
            ("*😀", "x😀", true),
        ];
        for (pattern, subject, expected) in table {
            let pattern = Pattern::new(pattern, Case::Significant);
            assert_eq!(pattern.matches(subject), expected, "{pattern:?} {subject}");
        }
    }

    #[test]
    fn a_hostile_pattern_costs_no_more_than_the_product_of_the_lengths() {
        let pattern = Pattern::new(&"*a".repeat(2_000), Case::Ignored);
        assert!(!pattern.matches(&"a".repeat(1_999)));
    }

    /// The meaning of a pattern, by trying everything.
    fn tries_everything(pattern: &[char], subject: &[char]) -> bool {
        match pattern.split_first() {
            None => subject.is_empty(),
            Some(('*', rest)) => (0..=subject.len()).any(|from| tries_everything(rest, &subject[from..])),
            Some(('?', rest)) => !subject.is_empty() && tries_everything(rest, &subject[1..]),
            Some((one, rest)) => subject.first() == Some(one) && tries_everything(rest, &subject[1..]),
        }
    }

    proptest::proptest! {
        #[test]
        fn the_search_finds_what_trying_everything_finds(pattern in "[ab值*?]{0,8}", subject in "[ab值]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = tries_everything(&chars(&pattern), &chars(&subject));
            proptest::prop_assert_eq!(Pattern::new(&pattern, Case::Significant).matches(&subject), expected);
        }
    }
}
