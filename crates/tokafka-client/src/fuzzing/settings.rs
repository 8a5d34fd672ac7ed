use crate::settings::{ClientSettings, FetchSettings, ProducerSettings, Properties};

/// A `.properties` text, as a user may write one.
pub fn settings(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let Ok(mut properties) = Properties::parse(text) else {
        return;
    };
    // Without it, nothing else is looked at.
    if properties.get("bootstrap.servers").is_none() {
        properties.set("bootstrap.servers", "broker:9092");
    }
    let outcomes = [
        ClientSettings::from_properties(&properties).err(),
        ProducerSettings::from_properties(&properties).err(),
        FetchSettings::from_properties(&properties).err(),
    ];
    for error in outcomes.into_iter().flatten() {
        assert!(!error.to_string().is_empty());
    }
    assert!(!format!("{properties:?}").is_empty());
}
