//! The producer against the embedded broker, with faults.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod cut;
#[cfg(test)]
mod healed;
#[cfg(test)]
mod late;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod moved;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod settled;
