use tokafka_client::{
    admin::{Admin, GroupOffset},
    cluster::Cluster,
    error::{RequestError, ResponseError},
    settings::ClientSettings,
};

use crate::broker::Broker;

fn at(topic: &str, partition: i32, offset: i64) -> GroupOffset {
    GroupOffset {
        topic: topic.to_owned(),
        partition,
        offset,
    }
}

#[tokio::test]
async fn a_group_is_told_where_it_is_without_joining_it() {
    let broker = Broker::start().await;
    let topic = broker.new_topic("grouped", 2).await;
    let group = broker.topic_name("group");
    let admin = Admin::new(&broker.cluster().await);
    assert_eq!(admin.group_offsets(&group).await.unwrap(), []);
    let first = [at(&topic, 0, 7), at(&topic, 1, 0)];
    admin.commit_group_offsets(&group, &first).await.unwrap();
    assert_eq!(admin.group_offsets(&group).await.unwrap(), first);
    let second = [at(&topic, 1, 9)];
    admin.commit_group_offsets(&group, &second).await.unwrap();
    assert_eq!(
        admin.group_offsets(&group).await.unwrap(),
        [at(&topic, 0, 7), at(&topic, 1, 9)]
    );
}

#[tokio::test]
async fn a_partition_that_does_not_exist_is_refused() {
    let broker = Broker::start().await;
    let topic = broker.new_topic("grouped", 1).await;
    let group = broker.topic_name("group");
    let admin = Admin::new(&broker.cluster().await);
    let known = [at(&topic, 0, 2)];
    admin.commit_group_offsets(&group, &known).await.unwrap();
    // As of topics that are not known, another broker could know more.
    let soon = broker.properties(&[("max.block.ms", "1000")]);
    let soon = ClientSettings::from_properties(&soon).unwrap();
    let impatient = Admin::new(&Cluster::connect(soon).await.unwrap());
    let offsets = [at(&topic, 0, 3), at(&topic, 1, 3)];
    let error = impatient.commit_group_offsets(&group, &offsets).await;
    let error = error.unwrap_err();
    let unknown = ResponseError::UnknownTopicOrPartition;
    assert!(
        matches!(&error, RequestError::Refused { code, .. } if *code == unknown),
        "{error}"
    );
    let told = admin.group_offsets(&group).await.unwrap();
    assert_eq!(told, [at(&topic, 0, 3)]);
}
