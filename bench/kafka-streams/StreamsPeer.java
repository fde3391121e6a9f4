import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * What bench/kafka.ts measures vaino against: the heart of its processor as a Kafka Streams program. Observations of
 * resources in, one a message; out comes a change for each that differs from the one before of its key, and the changelog
 * of the store, which is the counterpart of vaino.state. Exactly once.
 *
 * It does less than vaino: no scopes and scans, so no deletes; nothing is redacted; arrays are compared by position, and of a
 * difference only the top-level fields are named; a change has no version and no CloudEvents headers. What it does is
 * done as cheaply as we know how: bytes throughout, documents are parsed only where the bytes differ, and pasted into the
 * change as they are.
 *
 *   java -cp … StreamsPeer INPUT CHANGES bootstrap.servers=… application.id=… state.dir=… [any other of Streams' settings]
 */
public final class StreamsPeer {
  private static final String STORE = "resources";

  public static void main(String[] args) {
    Properties config = config();
    for (String setting : Arrays.asList(args).subList(2, args.length)) {
      int at = setting.indexOf('=');
      config.put(setting.substring(0, at), setting.substring(at + 1));
    }
    KafkaStreams streams = new KafkaStreams(topology(args[0], args[1]), config);
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.setStateListener(
        (state, before) -> {
          if (state == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
        });
    // A clean end keeps the store, so that the next start doesn't restore it from the changelog.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(30))));
    streams.start();
  }

  private static Properties config() {
    Properties config = new Properties();
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    config.put(StreamsConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    config.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 262_144);
    config.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "zstd");
    // As vaino has it.
    config.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_ZSTD_LEVEL_CONFIG), 1);
    config.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    return config;
  }

  private static Topology topology(String input, String changes) {
    var bytes = Serdes.ByteArray();
    var text = Serdes.String();
    // No cache in front of it: a key comes once a scan, so a cache would only copy.
    var store =
        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), text, bytes)
            .withLoggingEnabled(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "2000000"));
    return new Topology()
        .addSource("input", text.deserializer(), bytes.deserializer(), input)
        .addProcessor("compare", Compare::new, "input")
        .addStateStore(store, "compare")
        .addSink("changes", changes, text.serializer(), bytes.serializer(), "compare");
  }

  private static final class Compare implements Processor<String, byte[], String, byte[]> {
    private final ObjectMapper json = new ObjectMapper();
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, byte[]> store;

    @Override
    public void init(ProcessorContext<String, byte[]> given) {
      context = given;
      store = given.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, byte[]> record) {
      byte[] after = record.value();
      byte[] before = store.get(record.key());
      if (Arrays.equals(before, after)) return;
      try {
        // The first one is parsed too: what is no JSON must not get into a change.
        JsonNode now = json.readTree(after);
        JsonNode then = before == null ? null : json.readTree(before);
        // Objects are equal whatever the order of their members.
        if (!now.equals(then)) {
          byte[] change = change(before, after, then == null ? List.of() : differing(then, now), record.timestamp());
          context.forward(record.withValue(change));
        }
        store.put(record.key(), after);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }

    private static List<String> differing(JsonNode then, JsonNode now) {
      var names = new TreeSet<String>();
      then.fieldNames().forEachRemaining(names::add);
      now.fieldNames().forEachRemaining(names::add);
      var differing = new ArrayList<String>();
      for (String name : names) {
        JsonNode value = now.get(name);
        if (value == null || !value.equals(then.get(name))) differing.add(name);
      }
      return differing;
    }

    private byte[] change(byte[] before, byte[] after, List<String> fields, long timestamp) throws IOException {
      var out = new ByteArrayOutputStream(after.length + (before == null ? 0 : before.length) + 128);
      out.writeBytes(ascii("{\"before\":"));
      out.writeBytes(before == null ? ascii("null") : before);
      out.writeBytes(ascii(",\"after\":"));
      out.writeBytes(after);
      out.writeBytes(ascii(before == null ? ",\"op\":\"r\",\"fields\":" : ",\"op\":\"u\",\"fields\":"));
      out.writeBytes(fields.isEmpty() ? ascii("[]") : json.writeValueAsBytes(fields));
      out.writeBytes(ascii(",\"ts\":" + timestamp + "}"));
      return out.toByteArray();
    }

    private static byte[] ascii(String text) {
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }
  }
}
