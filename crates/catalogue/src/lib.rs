//! Servers, tools, pins and bindings: a call becomes an action.
