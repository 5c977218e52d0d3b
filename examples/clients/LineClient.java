import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Asks `aava-rules serve`: one process, kept open; a line of JSON out, a line of JSON back. Needs JDK 17 and nothing else. */
public final class LineClient implements AutoCloseable {
    private final Process process;
    private final BufferedWriter requests;
    private final BufferedReader answers;

    public LineClient(List<String> command) throws IOException {
        // what the program has to say to its operator goes to the log of this one
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        requests = process.outputWriter(UTF_8);
        answers = process.inputReader(UTF_8);
    }

    /** The answer to one request; both are JSON on one line. Threads take turns: answers come in the order of requests. */
    public synchronized String ask(String request) throws IOException {
        requests.write(request.replace('\n', ' ').replace('\r', ' ')); // no text in JSON has a bare end of line
        requests.write('\n');
        requests.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("aava-rules serve has ended; its reason is in the log.");
        }
        return answer;
    }

    /** Ends the input, upon which the program ends by itself with exit code 0. */
    @Override
    public void close() throws IOException {
        requests.close();
        try {
            process.waitFor();
        } catch (InterruptedException interrupted) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] arguments) throws IOException {
        String record = Files.readString(Path.of(arguments[0]), UTF_8);
        List<String> command = List.of(arguments).subList(1, arguments.length);
        try (LineClient rules = new LineClient(command)) {
            for (String day : List.of("2014-05-05", "2014-02-30")) {
                String request = "{\"id\": \"" + day + "\", \"on\": \"" + day + "\", \"only\": [\"target_group\"],"
                        + " \"language\": \"fi\", \"record\": " + record + "}";
                System.out.println(rules.ask(request)); // a system reads it with the JSON library that it has
            }
        }
    }
}
