import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's Java producer writes numbered rows, and tells what it was told of them.
 *
 * Arguments: bootstrap servers, topic, partitions, writer, batch.size, rows at least, rows at most.
 * It writes at least so many, and then until a line comes in. To standard output it writes
 * `acknowledged ROWS` all along, and at its end `offered PARTITION ROWS`,
 * `run PARTITION NUMBER OFFSET ROWS` and, if something failed, `error TEXT`.
 */
public final class NumberedProducer {
    private static final int VALUE_LENGTH = 100;

    private static final AtomicBoolean enough = new AtomicBoolean();
    private static final AtomicLong acknowledged = new AtomicLong();
    private static volatile String error;

    /** Rows that were acknowledged and lie one after the other. Used by the producer's thread only. */
    private static final class Runs {
        private final StringBuilder lines = new StringBuilder();
        private final int partition;
        private long number, offset, rows;

        Runs(int partition) {
            this.partition = partition;
        }

        void add(long nextNumber, long nextOffset) {
            if (rows > 0 && nextNumber == number + rows && nextOffset == offset + rows) {
                rows++;
                return;
            }
            end();
            number = nextNumber;
            offset = nextOffset;
            rows = 1;
        }

        String end() {
            if (rows > 0) {
                lines.append("run ").append(partition).append(' ').append(number).append(' ')
                    .append(offset).append(' ').append(rows).append('\n');
            }
            rows = 0;
            return lines.toString();
        }
    }

    public static void main(String[] arguments) throws Exception {
        String topic = arguments[1];
        int partitions = Integer.parseInt(arguments[2]);
        String writer = arguments[3];
        long atLeast = Long.parseLong(arguments[5]);
        long atMost = Long.parseLong(arguments[6]);
        daemon(NumberedProducer::listen);
        daemon(NumberedProducer::tell);

        Runs[] runs = new Runs[partitions];
        for (int partition = 0; partition < partitions; partition++) {
            runs[partition] = new Runs(partition);
        }
        long[] offered = new long[partitions];
        try (var producer = new KafkaProducer<byte[], byte[]>(settings(arguments[0], arguments[4]))) {
            for (long rows = 0; rows < atLeast || (rows < atMost && !enough.get()); rows++) {
                int partition = (int) (rows % partitions);
                long number = offered[partition]++;
                var record = new ProducerRecord<byte[], byte[]>(topic, partition, null, value(writer, partition, number));
                producer.send(record, (metadata, failure) -> {
                    if (failure != null) {
                        fail(failure);
                    } else {
                        runs[partition].add(number, metadata.offset());
                        acknowledged.incrementAndGet();
                    }
                });
            }
            producer.flush();
        } catch (RuntimeException failure) {
            fail(failure);
        }
        for (int partition = 0; partition < partitions; partition++) {
            System.out.printf("offered %d %d%n", partition, offered[partition]);
            System.out.print(runs[partition].end());
        }
        if (error != null) {
            System.out.println("error " + error);
        }
        System.out.println("end");
    }

    private static Properties settings(String servers, String batchSize) {
        var settings = new Properties();
        settings.put("bootstrap.servers", servers);
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        settings.put("max.in.flight.requests.per.connection", "5");
        settings.put("batch.size", batchSize);
        settings.put("buffer.memory", "33554432");
        settings.put("delivery.timeout.ms", "120000");
        settings.put("key.serializer", ByteArraySerializer.class.getName());
        settings.put("value.serializer", ByteArraySerializer.class.getName());
        return settings;
    }

    private static byte[] value(String writer, int partition, long number) {
        byte[] value = new byte[VALUE_LENGTH];
        java.util.Arrays.fill(value, (byte) '.');
        byte[] head = (writer + " " + partition + " " + number + " ").getBytes();
        System.arraycopy(head, 0, value, 0, head.length);
        return value;
    }

    private static void fail(Exception failure) {
        if (error == null) {
            error = failure.toString().replace('\n', ' ');
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }

    private static void listen() {
        try {
            new BufferedReader(new InputStreamReader(System.in)).readLine();
        } catch (java.io.IOException failure) {
            fail(failure);
        }
        enough.set(true);
    }

    private static void tell() {
        try {
            while (true) {
                System.out.println("acknowledged " + acknowledged.get());
                Thread.sleep(20);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }
}
