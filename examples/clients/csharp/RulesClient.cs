using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using System.Xml;
using System.Xml.Linq;

namespace AavaRules.Example
{
    /// <summary>Where there is no answer: why, in <c>Message</c>, which holds nothing of the record.</summary>
    public sealed class RulesException : Exception
    {
        public RulesException(string message) : base(message) { }
    }

    /// <summary>JSON as the class library of every .NET reads it: members become elements of their names.</summary>
    internal static class Json
    {
        public static XElement Read(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            using (var reader = JsonReaderWriterFactory.CreateJsonReader(bytes, XmlDictionaryReaderQuotas.Max))
            {
                return XElement.Load(reader);
            }
        }

        /// <summary>The text at the end of a path of members; null where one of them is not there.</summary>
        public static string Text(XElement value, params string[] path)
        {
            return path.Aggregate(value, (found, name) => found?.Element(name))?.Value;
        }
    }

    /// <summary>Asks the service of plugins/aava-rules-http.</summary>
    public sealed class HttpRules : IDisposable
    {
        private readonly HttpClient http;

        public HttpRules(string address, string token)
        {
            http = new HttpClient { BaseAddress = new Uri(address.TrimEnd('/') + "/"), Timeout = TimeSpan.FromSeconds(60) };
            if (!string.IsNullOrEmpty(token))
            {
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }
        }

        /// <summary>The answer to one question (decide, check, explain or next).</summary>
        /// <exception cref="RulesException">There is none; the message has the status and every fault.</exception>
        public async Task<XElement> AskAsync(string question, string request, CancellationToken cancel = default(CancellationToken))
        {
            using (var content = new StringContent(request, Encoding.UTF8, "application/json"))
            using (var response = await http.PostAsync("v1/" + question, content, cancel).ConfigureAwait(false))
            {
                var answer = Json.Read(await response.Content.ReadAsStringAsync().ConfigureAwait(false));
                var error = answer.Element("error");
                if (error != null)
                {
                    throw new RulesException((int)response.StatusCode + " " + Json.Text(error, "kind") + ": " + Json.Text(error, "text"));
                }
                return answer;
            }
        }

        public void Dispose()
        {
            http.Dispose();
        }
    }

    /// <summary>Asks `aava-rules serve`: one process, kept open; a line of JSON out, a line of JSON back.</summary>
    public sealed class LineRules : IDisposable
    {
        private readonly Process process;
        private readonly StreamWriter requests;
        private readonly StreamReader answers;
        private readonly object turn = new object();

        public LineRules(IReadOnlyList<string> command)
        {
            process = Process.Start(new ProcessStartInfo
            {
                FileName = command[0],
                Arguments = string.Join(" ", command.Skip(1).Select(Quoted)),
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true, // what it has to say to its operator goes to the log of this program
            });
            var utf8 = new UTF8Encoding(false);
            requests = new StreamWriter(process.StandardInput.BaseStream, utf8) { NewLine = "\n" };
            answers = new StreamReader(process.StandardOutput.BaseStream, utf8);
        }

        /// <summary>The answer to one request. Threads take turns: answers come in the order of requests.</summary>
        /// <exception cref="RulesException">There is none; the message has every fault.</exception>
        public XElement Ask(string request)
        {
            string line;
            lock (turn)
            {
                requests.WriteLine(request.Replace('\n', ' ').Replace('\r', ' ')); // no text in JSON has a bare end of line
                requests.Flush();
                line = answers.ReadLine();
            }
            if (line == null)
            {
                throw new RulesException("aava-rules serve has ended; its reason is in the log.");
            }
            var answer = Json.Read(line);
            var error = answer.Element("error");
            if (error != null)
            {
                throw new RulesException(Json.Text(error, "kind") + ": " + Json.Text(error, "text"));
            }
            return answer;
        }

        /// <summary>Ends the input, upon which the program ends by itself with exit code 0.</summary>
        public void Dispose()
        {
            requests.Dispose();
            process.WaitForExit();
            answers.Dispose();
            process.Dispose();
        }

        /// <summary>An argument as a command line says it: in quotes, with \ before quotes and before what stands so.</summary>
        private static string Quoted(string argument)
        {
            return "\"" + Regex.Replace(argument, "(\\\\*)(\"|$)", end =>
                end.Groups[1].Value + end.Groups[1].Value + (end.Groups[2].Length > 0 ? "\\\"" : "")) + "\"";
        }
    }

    internal static class Program
    {
        private const string Usage =
            "RulesClient RECORD http://127.0.0.1:8080            asks the service (its token: RULES_TOKEN)\n"
            + "RulesClient RECORD aava-rules serve --rulebook NAME  starts a program and asks it line by line";

        private static int Main(string[] arguments)
        {
            if (arguments.Length < 2)
            {
                Console.Error.WriteLine(Usage);
                return 2;
            }
            Console.OutputEncoding = new UTF8Encoding(false);
            var record = File.ReadAllText(arguments[0], Encoding.UTF8);
            if (arguments[1].StartsWith("http", StringComparison.Ordinal) && arguments.Length == 2)
            {
                using (var rules = new HttpRules(arguments[1], Environment.GetEnvironmentVariable("RULES_TOKEN")))
                {
                    Show(record, request => rules.AskAsync("decide", request).GetAwaiter().GetResult());
                }
            }
            else
            {
                using (var rules = new LineRules(arguments.Skip(1).ToList()))
                {
                    Show(record, rules.Ask);
                }
            }
            return 0;
        }

        /// <summary>Asks twice, the second time for a day that there is not.</summary>
        private static void Show(string record, Func<string, XElement> ask)
        {
            foreach (var day in new[] { "2014-05-05", "2014-02-30" })
            {
                try
                {
                    var answer = ask("{\"id\": \"" + day + "\", \"on\": \"" + day + "\", \"only\": [\"target_group\"],"
                        + " \"language\": \"fi\", \"record\": " + record + "}");
                    Console.WriteLine(Json.Text(answer, "decision", "outcomes", "target_group", "text", "fi"));
                    foreach (var fact in answer.Element("decision").Element("missing").Elements())
                    {
                        Console.WriteLine("? " + Json.Text(fact, "text", "fi")); // what to ask, the most useful first
                    }
                }
                catch (RulesException error)
                {
                    Console.WriteLine(error.Message);
                }
            }
        }
    }
}
