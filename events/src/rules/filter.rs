//! Conditions over an event's document: `level: CRITICAL and not (content.load < 4 or "planned reboot")`.
//!
//! A bare word must stand somewhere in a text of the document. `field: value` compares one member, of which `value*`
//! names the beginning; `=`, `!=`, `<`, `<=`, `>`, `>=` compare numbers as numbers. A field is a path of members; one
//! that the document does not have is looked for in its `content`. Words beside each other are joined by `and`.

use serde_json::Value;

/// The deepest nesting.
const DEEPEST: usize = 32;

/// A condition that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Node);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    Word(String),
    Member { path: String, sign: Sign, value: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Is,
    IsNot,
    Below,
    AtMost,
    Above,
    AtLeast,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Sign(Sign),
    /// Whether it stood in quotes: then it is no operator.
    Text(String, bool),
}

impl Filter {
    /// Reads a condition.
    ///
    /// # Errors
    /// What is wrong with it, as a clause.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, place: 0 };
        let node = parser.any(0)?;
        if parser.place < tokens.len() {
            return Err("has a ) too many".to_owned());
        }
        Ok(Self(node))
    }

    /// Whether it is true of a document.
    pub fn holds(&self, document: &Value) -> bool {
        holds(&self.0, document)
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        // A value may hold what would be a sign elsewhere: names of events do.
        let is_value = matches!(tokens.last(), Some(Token::Sign(_)));
        let signs = [
            ("!=", Sign::IsNot),
            ("<=", Sign::AtMost),
            (">=", Sign::AtLeast),
            ("<", Sign::Below),
            (">", Sign::Above),
            ("=", Sign::Is),
            (":", Sign::Is),
        ];
        let sign = signs.into_iter().filter(|_| !is_value).find(|(sign, _)| rest.starts_with(sign));
        let length = if let Some((word, sign)) = sign {
            tokens.push(Token::Sign(sign));
            word.len()
        } else if first == '"' {
            let end = rest[1..].find('"').ok_or("has a quotation mark that is not closed")?;
            tokens.push(Token::Text(rest[1..=end].to_owned(), true));
            end + 2
        } else if first == '(' || first == ')' {
            tokens.push(if first == '(' { Token::Open } else { Token::Close });
            1
        } else {
            let ends = |c: char| {
                c.is_whitespace() || matches!(c, '(' | ')' | '"') || (!is_value && "!<>=:".contains(c))
            };
            let end = rest.find(ends).unwrap_or(rest.len());
            if end == 0 {
                return Err(format!("has a {first} that it should not have"));
            }
            tokens.push(Token::Text(rest[..end].to_owned(), false));
            end
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Parser<'t> {
    tokens: &'t [Token],
    place: usize,
}

impl Parser<'_> {
    fn any(&mut self, depth: usize) -> Result<Node, String> {
        let mut nodes = vec![self.all(depth)?];
        while self.takes("or") {
            nodes.push(self.all(depth)?);
        }
        Ok(one_or(nodes, Node::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Node, String> {
        let mut nodes = vec![self.one(depth)?];
        loop {
            let ends = matches!(self.tokens.get(self.place), None | Some(Token::Close));
            if ends || self.sees("or") {
                return Ok(one_or(nodes, Node::All));
            }
            self.takes("and");
            nodes.push(self.one(depth)?);
        }
    }

    fn one(&mut self, depth: usize) -> Result<Node, String> {
        if depth > DEEPEST {
            return Err("is nested too deeply".to_owned());
        }
        if self.takes("not") {
            return Ok(Node::Not(Box::new(self.one(depth + 1)?)));
        }
        match self.next() {
            Some(Token::Open) => {
                let node = self.any(depth + 1)?;
                match self.next() {
                    Some(Token::Close) => Ok(node),
                    _ => Err("has a ( that is not closed".to_owned()),
                }
            }
            Some(Token::Text(word, quoted)) => {
                let operator = !quoted && ["and", "or"].iter().any(|other| word.eq_ignore_ascii_case(other));
                if operator {
                    return Err(format!("has nothing before {word}"));
                }
                let Some(Token::Sign(sign)) = self.tokens.get(self.place) else {
                    return Ok(Node::Word(word));
                };
                self.place += 1;
                match self.next() {
                    Some(Token::Text(value, _)) => Ok(Node::Member { path: word, sign: *sign, value }),
                    _ => Err(format!("has no value for {word}")),
                }
            }
            Some(_) => Err("has a sign without a field".to_owned()),
            None => Err("ends too soon".to_owned()),
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.place).cloned();
        self.place += 1;
        token
    }

    fn sees(&self, operator: &str) -> bool {
        matches!(self.tokens.get(self.place), Some(Token::Text(word, false)) if word.eq_ignore_ascii_case(operator))
    }

    fn takes(&mut self, operator: &str) -> bool {
        let sees = self.sees(operator);
        self.place += usize::from(sees);
        sees
    }
}

fn one_or(mut nodes: Vec<Node>, many: impl FnOnce(Vec<Node>) -> Node) -> Node {
    match (nodes.len(), nodes.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            nodes.extend(last);
            many(nodes)
        }
    }
}

fn holds(node: &Node, document: &Value) -> bool {
    match node {
        Node::Any(nodes) => nodes.iter().any(|node| holds(node, document)),
        Node::All(nodes) => nodes.iter().all(|node| holds(node, document)),
        Node::Not(node) => !holds(node, document),
        Node::Word(word) => mentions(document, word),
        Node::Member { path, sign, value } => {
            let found = member(document, path).or_else(|| member(document.get("content")?, path));
            found.is_some_and(|found| compares(found, *sign, value))
        }
    }
}

/// Whether a word stands in a text, a number or a name of a document.
pub(super) fn mentions(document: &Value, word: &str) -> bool {
    match document {
        Value::String(text) => text.contains(word),
        Value::Array(items) => items.iter().any(|item| mentions(item, word)),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains(word) || mentions(value, word))
        }
        Value::Number(number) => number.to_string().contains(word),
        Value::Bool(_) | Value::Null => false,
    }
}

fn member<'d>(document: &'d Value, path: &str) -> Option<&'d Value> {
    match document.get(path) {
        Some(found) => Some(found),
        None => path.split('.').try_fold(document, |value, name| value.get(name)),
    }
}

fn compares(found: &Value, sign: Sign, value: &str) -> bool {
    let text = match found {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is = || match value.strip_suffix('*') {
        Some(beginning) => text.starts_with(beginning),
        None => text == value,
    };
    let numbers = text.parse::<f64>().ok().zip(value.parse::<f64>().ok());
    match (sign, numbers) {
        (Sign::Is, Some((left, right))) => left == right,
        (Sign::IsNot, Some((left, right))) => left != right,
        (Sign::Is, None) => is(),
        (Sign::IsNot, None) => !is(),
        (Sign::Below, Some((left, right))) => left < right,
        (Sign::AtMost, Some((left, right))) => left <= right,
        (Sign::Above, Some((left, right))) => left > right,
        (Sign::AtLeast, Some((left, right))) => left >= right,
        (Sign::Below | Sign::AtMost | Sign::Above | Sign::AtLeast, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions() {
        let document = json!({
            "name": "Instance:SystemFailure.Reboot:Executing", "level": "CRITICAL", "regionId": "cn-hangzhou",
            "content": {"load": 7.5, "host": "192.168.0.7", "reason": {"text": "disk is full"}},
        });
        for (text, expected) in [
            ("CRITICAL", true),
            ("WARN", false),
            ("192.168.0.7 and Executing", true),
            ("192.168.0.7 AND Pending", false),
            ("Pending or Executing", true),
            ("Pending Executing", false),
            ("not Pending", true),
            ("not (Pending or Executing)", false),
            ("level: CRITICAL", true),
            ("level:CRIT*", true),
            ("level = WARN", false),
            ("level != WARN", true),
            ("name: Instance:SystemFailure.Reboot:Executing", true),
            ("content.load > 7", true),
            ("load >= 7.5 and load < 8", true),
            ("load > seven", false),
            ("content.reason.text: \"disk is full\"", true),
            ("\"disk is\"", true),
            ("absent: x", false),
            ("not absent: x", true),
            ("level: WARN or (regionId: cn-hangzhou and load <= 7.5)", true),
        ] {
            let filter = Filter::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(filter.holds(&document), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let deep = format!("{}a{}", "(".repeat(40), ")".repeat(40));
        let nots = "not ".repeat(5_000);
        for text in
            ["", "and", "a and", "a or or b", "(a", "a)", "a:", ": b", "\"a", "not", "a = )", &deep, &nots]
        {
            assert!(Filter::parse(text).is_err(), "{text:.20}");
        }
    }
}
