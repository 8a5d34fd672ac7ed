//! Brokers that say what no broker says. Whatever it is, a call ends in time, with every row once or
//! with an error that is true, without asking in a circle.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod broker;
#[cfg(test)]
mod client;
#[cfg(test)]
mod connect;
#[cfg(test)]
mod produce;
#[cfg(test)]
mod read;
