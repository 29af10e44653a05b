//! From method and path to whoever answers.
//!
//! Several services share one listener, since SDKs drop the path of an endpoint. Their paths do not collide as long
//! as literal segments are tried before parameters: `/v3/projects` is IAM's, `/v3/{project_id}/agent-status` is not.

use std::borrow::Cow;
use std::collections::HashMap;

use http::Method;
use muster_wire::encoding::percent_decode;

/// A tree over path segments.
pub(crate) struct Router<T> {
    root: Node<T>,
}

struct Node<T> {
    literals: HashMap<&'static str, Node<T>>,
    parameter: Option<Box<Node<T>>>,
    targets: Vec<(Method, Vec<&'static str>, T)>,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'r, T> {
    /// To this target, with the parameters of the path.
    Target(&'r T, Vec<(&'static str, String)>),
    /// The path is known, with other methods; this is one of its targets.
    OtherMethods(&'r T),
    /// Nowhere.
    Nothing,
}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self { root: Node::default() }
    }
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { literals: HashMap::new(), parameter: None, targets: Vec::new() }
    }
}

impl<T> Router<T> {
    /// Adds a target under a pattern such as `/v2/{project_id}/resource-groups`.
    pub(crate) fn add(&mut self, method: Method, pattern: &'static str, target: T) {
        let mut node = &mut self.root;
        let mut names = Vec::new();
        for segment in segments(pattern) {
            node = match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => {
                    names.push(name);
                    node.parameter.get_or_insert_default()
                }
                None => node.literals.entry(segment).or_default(),
            };
        }
        node.targets.push((method, names, target));
    }

    /// Finds the target of a raw path. One slash more at its end does no harm; case matters.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found<'_, T> {
        let decoded: Option<Vec<String>> = segments(path)
            .map(|segment| percent_decode(segment).filter(|text| !text.contains('\0')).map(Cow::into_owned))
            .collect();
        let Some(decoded) = decoded else { return Found::Nothing };
        let mut values = Vec::new();
        self.root.find(method, &decoded, &mut values).unwrap_or(Found::Nothing)
    }
}

impl<T> Node<T> {
    fn find<'r, 'p>(
        &'r self,
        method: &Method,
        rest: &'p [String],
        values: &mut Vec<&'p String>,
    ) -> Option<Found<'r, T>> {
        let Some((segment, rest)) = rest.split_first() else { return self.target(method, values) };
        let literal = self.literals.get(segment.as_str()).and_then(|node| node.find(method, rest, values));
        if matches!(literal, Some(Found::Target(..))) {
            return literal;
        }
        let parameter = self.parameter.as_ref().filter(|_| !segment.is_empty()).and_then(|node| {
            values.push(segment);
            let found = node.find(method, rest, values);
            values.pop();
            found
        });
        match parameter {
            Some(Found::Target(..)) => parameter,
            other => literal.or(other),
        }
    }

    fn target(&self, method: &Method, values: &[&String]) -> Option<Found<'_, T>> {
        let (_, _, first) = self.targets.first()?;
        let found = self.targets.iter().find(|(known, _, _)| known == method);
        Some(found.map_or(Found::OtherMethods(first), |(_, names, target)| {
            Found::Target(target, names.iter().copied().zip(values.iter().copied().cloned()).collect())
        }))
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').skip(usize::from(path.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router() -> Router<&'static str> {
        let mut router = Router::default();
        for (method, pattern, name) in [
            (Method::GET, "/", "versions"),
            (Method::GET, "/v3/projects", "projects"),
            (Method::POST, "/v3/{project_id}/agent-status/batch-query", "agents"),
            (Method::GET, "/v2/{project_id}/resource-groups/{group_id}", "show"),
            (Method::POST, "/v2/{project_id}/resource-groups/batch-delete", "delete"),
            (Method::PUT, "/v2/{project_id}/resource-groups/{group_id}", "update"),
            (Method::GET, "/V1.0/{project_id}/resource-groups", "old list"),
            (Method::GET, "/v1.0/enterprise-projects/{id}", "enterprise project"),
        ] {
            router.add(method, pattern, name);
        }
        router
    }

    #[test]
    fn literal_segments_come_first() {
        let router = router();
        let find = |line: &str| {
            let (method, path) = line.split_once(' ').unwrap();
            match router.find(&method.parse().unwrap(), path) {
                Found::Target(name, values) => {
                    let values: Vec<String> =
                        values.iter().map(|(name, value)| format!("{name}={value}")).collect();
                    format!("{name} {}", values.join(" "))
                }
                Found::OtherMethods(_) => "other methods".to_owned(),
                Found::Nothing => "nothing".to_owned(),
            }
        };
        for (line, expected) in [
            ("GET /", "versions "),
            ("GET /v3/projects", "projects "),
            ("POST /v3/projects/agent-status/batch-query", "agents project_id=projects"),
            ("GET /v2/p/resource-groups/rg1", "show project_id=p group_id=rg1"),
            ("GET /v2/p/resource-groups/rg1/", "show project_id=p group_id=rg1"),
            ("GET /v2/%7Bproject_id%7D/resource-groups/a%2Fb", "show project_id={project_id} group_id=a/b"),
            ("POST /v2/p/resource-groups/batch-delete", "delete project_id=p"),
            ("PUT /v2/p/resource-groups/batch-delete", "update project_id=p group_id=batch-delete"),
            ("POST /v2/p/resource-groups/rg1", "other methods"),
            ("GET /v2/p/resource-groups", "nothing"),
            ("GET /v2//resource-groups/rg1", "nothing"),
            ("GET /v2/%FF/resource-groups/rg1", "nothing"),
            ("GET /v2/%00/resource-groups/rg1", "nothing"),
            ("GET /V1.0/p/resource-groups", "old list project_id=p"),
            ("GET /v1.0/p/resource-groups", "nothing"),
            ("GET /v1.0/enterprise-projects/0", "enterprise project id=0"),
        ] {
            assert_eq!(find(line), expected, "{line}");
        }
    }
}
