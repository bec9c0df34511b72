mod asks;
mod bad;
mod good;
mod real;
mod tls;
