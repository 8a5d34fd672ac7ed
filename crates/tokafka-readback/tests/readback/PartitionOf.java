import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/** Prints, for each line of standard input, the partition that Kafka's producer gives it as a key. */
public class PartitionOf {
    public static void main(String[] args) throws Exception {
        int partitions = Integer.parseInt(args[0]);
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var output = new StringBuilder();
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            byte[] key = line.getBytes(StandardCharsets.UTF_8);
            output.append(BuiltInPartitioner.partitionForKey(key, partitions)).append('\n');
        }
        new PrintStream(System.out, false, StandardCharsets.UTF_8).append(output).flush();
    }
}
