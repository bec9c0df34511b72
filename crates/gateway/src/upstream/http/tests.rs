mod asks;
mod bad;
mod good;
mod tls;
