//! The doors that forward: MCP over stdio and HTTP.
