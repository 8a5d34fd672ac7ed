//! The broker as a client sees it, through the raw protocol.

#[cfg(test)]
mod client;
#[cfg(test)]
mod configs;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod offsets;
#[cfg(test)]
mod produce;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod refused_records;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod sequences;
#[cfg(test)]
mod topics;
#[cfg(test)]
mod versions;
