mod bad;
mod good;
mod tls;
