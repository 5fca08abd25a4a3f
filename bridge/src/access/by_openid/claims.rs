//! What the provider says of somebody, once it is proven that it does.

use serde_json::{Map, Value};

/// Claims (OpenID Connect Core 1.0 §5) about one person.
pub(super) struct Claims {
    /// What the provider tells them apart by, and never gives anybody else.
    pub(super) subject: String,
    said: Map<String, Value>,
}

impl Claims {
    /// These, about that person.
    pub(super) fn new(subject: &str, said: Map<String, Value>) -> Self {
        Self {
            subject: subject.to_owned(),
            said,
        }
    }

    /// Takes in what the provider says elsewhere of the same person. What an ID token says counts before it.
    pub(super) fn add(&mut self, said: Map<String, Value>) {
        for (claim, value) in said {
            if !self.has(&claim) {
                self.said.insert(claim, value);
            }
        }
    }

    /// Whether it says anything in that claim.
    pub(super) fn has(&self, claim: &str) -> bool {
        self.said.get(claim).is_some_and(|it| !it.is_null())
    }

    /// What it says in a claim that is text.
    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.said.get(claim)?.as_str()
    }

    /// Whether it says in that claim that something is not so. Some providers write it as text.
    pub(super) fn denies(&self, claim: &str) -> bool {
        match self.said.get(claim) {
            Some(Value::Bool(said)) => !said,
            Some(Value::String(said)) => said == "false",
            _ => false,
        }
    }

    /// What it says in a claim that is several texts, or one; none where it says nothing there, or something else.
    pub(super) fn texts(&self, claim: &str) -> Option<Vec<&str>> {
        match self.said.get(claim)? {
            Value::String(one) => Some(vec![one]),
            Value::Array(several) => Some(several.iter().filter_map(Value::as_str).collect()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(said: Value) -> Claims {
        Claims::new("anna", said.as_object().unwrap().clone())
    }

    #[test]
    fn groups_are_texts_and_nothing_else() {
        let claims = claims(json!({
            "groups": ["helpdesk", 7, null, ["leads"], "ops"], "one": "helpdesk", "none": [], "other": {"helpdesk": true},
            "null": null
        }));
        assert_eq!(claims.texts("groups").unwrap(), ["helpdesk", "ops"]);
        assert_eq!(claims.texts("one").unwrap(), ["helpdesk"]);
        assert!(claims.texts("none").unwrap().is_empty());
        for claim in ["other", "null", "absent"] {
            assert_eq!(claims.texts(claim), None, "{claim}");
        }
        assert_eq!(claims.text("groups"), None);
    }

    #[test]
    fn what_is_denied_is_said_not_to_be_so() {
        let claims = claims(json!({ "no": false, "not": "false", "yes": true, "other": "x", "null": null }));
        assert!(claims.denies("no") && claims.denies("not"));
        for claim in ["yes", "other", "null", "absent"] {
            assert!(!claims.denies(claim), "{claim}");
        }
    }

    #[test]
    fn what_the_id_token_says_counts_before_what_is_said_elsewhere() {
        let mut claims = claims(json!({ "name": "Anna", "groups": null }));
        assert!(claims.has("name") && !claims.has("groups") && !claims.has("email"));
        let elsewhere = json!({ "name": "Ben", "groups": ["leads"], "email": "a@company.com" });
        claims.add(elsewhere.as_object().unwrap().clone());
        assert_eq!(claims.text("name"), Some("Anna"));
        assert_eq!(claims.text("email"), Some("a@company.com"));
        assert_eq!(claims.texts("groups").unwrap(), ["leads"]);
    }
}
