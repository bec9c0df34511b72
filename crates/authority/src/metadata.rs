//! What clients find out for themselves: RFC 8414 and RFC 9728.

use crate::answer::Refusal;
use crate::authority::{Authority, not_here};
use crate::exchange::TOKEN_EXCHANGE;
use crate::urls;
use serde_json::{Value, json};

pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
pub(crate) const TASK_DETAIL: &str = "bailiwick_task";
const ALGS: [&str; 2] = ["ES256", "EdDSA"];

impl Authority {
    /// RFC 8414 §2.
    pub(crate) fn server_metadata(&self) -> Value {
        let at = |path| self.urls().at(path);
        json!({
            "issuer": self.urls().issuer(),
            // Not needed where no response type is, but common clients do not read metadata without it.
            "authorization_endpoint": at(urls::AUTHORIZE),
            "token_endpoint": at(urls::TOKEN),
            "jwks_uri": at(urls::JWKS),
            "introspection_endpoint": at(urls::INTROSPECT),
            "revocation_endpoint": at(urls::REVOKE),
            "bailiwick_release_endpoint": at(urls::RELEASE),
            "response_types_supported": [],
            "grant_types_supported": [JWT_BEARER, TOKEN_EXCHANGE],
            // The assertion is the grant: there is nothing else to authenticate the client by.
            "token_endpoint_auth_methods_supported": ["none"],
            "introspection_endpoint_auth_methods_supported": ["private_key_jwt"],
            "introspection_endpoint_auth_signing_alg_values_supported": ALGS,
            "revocation_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
            "revocation_endpoint_auth_signing_alg_values_supported": ALGS,
            // RFC 9449 §5.1.
            "dpop_signing_alg_values_supported": ALGS,
            // RFC 9396 §10.
            "authorization_details_types_supported": [TASK_DETAIL],
        })
    }

    /// RFC 9728 §2, for `/.well-known/oauth-protected-resource{path}`.
    pub(crate) fn resource_metadata(&self, path: &str) -> Result<Value, Refusal> {
        let below = path.strip_prefix(urls::RESOURCE_METADATA).ok_or_else(not_here)?;
        // RFC 9728 §3.1 names no resource for the bare path; clients that try it last want the door of all servers.
        let resource = if below.is_empty() { "/mcp" } else { below };
        if !urls::is_resource(resource, &self.control()?.state) {
            return Err(not_here());
        }
        Ok(json!({
            "resource": self.urls().at(resource),
            "authorization_servers": [self.urls().issuer()],
            "bearer_methods_supported": ["header"],
            "authorization_details_types_supported": [TASK_DETAIL],
            "dpop_signing_alg_values_supported": ALGS,
            "dpop_bound_access_tokens_required": true,
            "resource_name": "Bailiwick",
        }))
    }
}

#[cfg(test)]
mod tests;
