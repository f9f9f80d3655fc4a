import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.io.ByteUnit;

/**
 * One Neo4j server on the loopback interface, for as long as standard input stays open.
 *
 * <p>Arguments: folder for data and logs, Bolt port, password. Prints {@code ready} once Bolt answers. The password
 * is set by Cypher on the first start, so that no other tool is needed. Because the server ends with its standard
 * input, it cannot outlive the tests, however they end.
 */
final class Neo4jForTests {
    private Neo4jForTests() {}

    public static void main(String[] arguments) throws Exception {
        Path home = Files.createDirectories(Path.of(arguments[0]));
        SocketAddress address = new SocketAddress("127.0.0.1", Integer.parseInt(arguments[1]));
        DatabaseManagementService server =
                new DatabaseManagementServiceBuilder(home)
                        .setConfig(BoltConnector.enabled, true)
                        .setConfig(BoltConnector.listen_address, address)
                        .setConfig(GraphDatabaseSettings.auth_enabled, true)
                        .setConfig(GraphDatabaseSettings.auth_minimum_password_length, 1)
                        .setConfig(GraphDatabaseSettings.auth_max_failed_attempts, 0)
                        .setConfig(GraphDatabaseSettings.pagecache_memory, ByteUnit.mebiBytes(128))
                        .setConfig(GraphDatabaseSettings.preallocate_logical_logs, false)
                        .setConfig(GraphDatabaseSettings.transaction_timeout, Duration.ofMinutes(2))
                        .build();
        try (var transaction = server.database("system").beginTx()) {
            transaction.execute(
                    "ALTER USER neo4j SET PLAINTEXT PASSWORD $password SET PASSWORD CHANGE NOT REQUIRED",
                    Map.of("password", arguments[2]));
            transaction.commit();
        }
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // Whatever is written to standard input is of no interest, only its end.
        }
        Runtime.getRuntime().halt(0); // Its data is thrown away, so there is nothing to write down.
    }
}
