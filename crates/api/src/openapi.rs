//! `/v1/openapi.json`: what of `/v1` there is, for programs (OpenAPI 3.1). The same for everybody, and read without a session.

use http::{HeaderValue, Method, Response, header};

/// The document, as it stands in the reference.
pub(crate) const DOCUMENT: &str = include_str!("../../../docs/reference/openapi.json");
/// Where it is.
const PATH: &str = "/v1/openapi.json";

/// The document, where it is asked for.
pub(crate) fn openapi(method: &Method, path: &str) -> Option<Response<Vec<u8>>> {
    let asked = method == Method::GET && path == PATH;
    asked.then(|| {
        let mut response = Response::new(DOCUMENT.as_bytes().to_vec());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    })
}
