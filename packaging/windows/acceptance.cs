// What acceptance.ps1 needs of a service and of its clients. It is compiled on the server that is looked at, by the
// compiler that every Windows has (.NET Framework 4: C# 5), once into the script and once into service.exe.
using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Security.Principal;
using System.Text;
using System.Threading;

namespace Acceptance {

// ---- the service ----

// Answers GET over HTTP: its name and nothing else; /held, its name five times a second for ever; /big, a gigabyte
// of known bytes; /access, what the account of this process may do.
public class Server {
    public const long Big = 1L << 30;
    const int Head = 8192, PauseEvery = 4, PauseMs = 15;
    readonly TcpListener listener;
    readonly string name, access;
    volatile bool stopped;
    int busy;

    public int Busy { get { return busy; } }

    public Server(IPAddress address, int port, string name, string access) {
        this.name = name;
        this.access = access;
        listener = new TcpListener(address, port);
        listener.Server.ExclusiveAddressUse = true;
        listener.Start(1000);
        Start(Accept);
    }

    public static void Start(ThreadStart work) {
        Thread thread = new Thread(work, 256 * 1024);
        thread.IsBackground = true;
        thread.Start();
    }

    // Byte number i is i % 251, wherever one begins to look at a multiple of 251.
    public static byte[] Pattern() {
        byte[] pattern = new byte[251 * 1024];
        for (int i = 0; i < pattern.Length; i++) { pattern[i] = (byte)(i % 251); }
        return pattern;
    }

    public void Stop() {
        stopped = true;
        listener.Stop();
    }

    void Accept() {
        while (!stopped) {
            try {
                TcpClient client = listener.AcceptTcpClient();
                Start(delegate { Talk(client); });
            } catch (Exception) { return; }
        }
    }

    void Talk(TcpClient client) {
        Interlocked.Increment(ref busy);
        try {
            NetworkStream stream = client.GetStream();
            string path = ReadPath(stream);
            if (path == "/held") { SendForEver(stream); }
            else if (path == "/big") { SendBig(stream); }
            else if (path == "/access") { Send(stream, access); }
            else if (path.Length > 0) { Send(stream, name + "\n"); }
        } catch (Exception) { }
        client.Close();
        Interlocked.Decrement(ref busy);
    }

    static string ReadPath(NetworkStream stream) {
        StringBuilder head = new StringBuilder();
        while (head.Length < Head && !head.ToString().EndsWith("\r\n\r\n")) {
            int got = stream.ReadByte();
            if (got < 0) { return ""; }
            head.Append((char)got);
        }
        string[] words = head.ToString().Split(' ');
        return words.Length > 1 ? words[1] : "";
    }

    void Begin(NetworkStream stream, long length) {
        string size = length < 0 ? "" : "Content-Length: " + length + "\r\n";
        byte[] head = Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\nX-Release: " + name + "\r\nConnection: close\r\n" + size + "\r\n");
        stream.Write(head, 0, head.Length);
    }

    void Send(NetworkStream stream, string text) {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Begin(stream, bytes.Length);
        stream.Write(bytes, 0, bytes.Length);
    }

    void SendForEver(NetworkStream stream) {
        byte[] line = Encoding.ASCII.GetBytes(name + "\n");
        Begin(stream, -1);
        while (!stopped) {
            stream.Write(line, 0, line.Length);
            Thread.Sleep(200);
        }
    }

    // A megabyte in 15 to 30 ms, not as fast as it goes: a whole deployment must fit into it.
    void SendBig(NetworkStream stream) {
        byte[] pattern = Pattern();
        long left = Big;
        Begin(stream, Big);
        for (int i = 1; left > 0; i++) {
            int now = (int)Math.Min(left, pattern.Length);
            stream.Write(pattern, 0, now);
            left -= now;
            if (i % PauseEvery == 0) { Thread.Sleep(PauseMs); }
        }
    }
}

// ---- its clients ----

// One request; what is left of its connection can be read.
public class Request {
    readonly TcpClient client = new TcpClient();
    readonly NetworkStream stream;
    public readonly string Release = "";

    public Request(string address, int port, string path) {
        client.Connect(address, port);
        client.ReceiveTimeout = 10000;
        stream = client.GetStream();
        byte[] head = Encoding.ASCII.GetBytes("GET " + path + " HTTP/1.1\r\nHost: acceptance\r\n\r\n");
        stream.Write(head, 0, head.Length);
        for (string line = Line(); line.Length > 0; line = Line()) {
            if (line.StartsWith("X-Release: ")) { Release = line.Substring(11); }
        }
    }

    public NetworkStream Stream { get { return stream; } }

    // Without its end; "" for an empty one, and where nothing comes any more.
    string Line() {
        StringBuilder text = new StringBuilder();
        for (int got = stream.ReadByte(); got >= 0 && got != '\n'; got = stream.ReadByte()) {
            if (got != '\r') { text.Append((char)got); }
        }
        return text.ToString();
    }

    // The next line that comes from now on; "" if the connection is cut.
    public string Next() {
        try {
            while (stream.DataAvailable) { stream.ReadByte(); }
            string rest = Line();
            return rest.Length == 0 ? "" : Line();
        } catch (Exception) { return ""; }
    }

    public string Rest() {
        try { return new StreamReader(stream, Encoding.UTF8).ReadToEnd(); } catch (Exception) { return ""; }
    }

    public void Close() { client.Close(); }
}

// Loads the gigabyte, and looks at every byte of it.
public class Download {
    readonly string address;
    readonly int port;
    long received;
    volatile bool ended;
    string release = "", after = "", trouble = "";

    public long Received { get { return Interlocked.Read(ref received); } }
    public bool Ended { get { return ended; } }
    public bool Whole { get { return ended && trouble.Length == 0 && Received == Server.Big; } }
    public string Release { get { return release; } }
    public string After { get { return after; } } // who answered others when it was over
    public string Trouble { get { return trouble; } }

    public Download(string address, int port) {
        this.address = address;
        this.port = port;
        Server.Start(Load);
    }

    void Load() {
        try {
            Request request = new Request(address, port, "/big");
            release = request.Release;
            byte[] buffer = new byte[256 * 1024];
            for (int got = request.Stream.Read(buffer, 0, buffer.Length); got > 0;
                 got = request.Stream.Read(buffer, 0, buffer.Length)) {
                int expected = (int)(Received % 251);
                for (int i = 0; i < got; i++) {
                    if (buffer[i] != expected) { throw new IOException("byte " + (Received + i) + " is another"); }
                    expected = expected == 250 ? 0 : expected + 1;
                }
                Interlocked.Add(ref received, got);
            }
            request.Close();
            after = new Request(address, port, "/").Release;
        } catch (Exception why) { trouble = why.Message; }
        ended = true;
    }
}

// Opens connections at a steady pace, `most` in all, and counts. An outgoing port is lent for minutes: whoever
// opens more than there are measures the lack of ports, and not the relay.
public class Knocker {
    readonly string address;
    readonly int port, most, pauseMs;
    readonly List<Thread> threads = new List<Thread>();
    readonly Dictionary<string, int> troubles = new Dictionary<string, int>();
    volatile bool stopped;
    int begun, made, failed;

    public int Made { get { return made; } }
    public int Failed { get { return failed; } }
    public bool Ended { get { return stopped || begun >= most; } }

    public Knocker(string address, int port, int many, int perSecond, int most) {
        this.address = address;
        this.port = port;
        this.most = most;
        pauseMs = perSecond > 0 ? Math.Max(1, many * 1000 / perSecond) : 0;
        for (int i = 0; i < many; i++) {
            Thread thread = new Thread(Knock, 256 * 1024);
            thread.IsBackground = true;
            threads.Add(thread);
            thread.Start();
        }
    }

    void Knock() {
        while (!stopped && Interlocked.Increment(ref begun) <= most) {
            try {
                Request request = new Request(address, port, "/");
                if (request.Release.Length == 0) { throw new IOException("no answer"); }
                request.Close();
                Interlocked.Increment(ref made);
            } catch (SocketException why) { Count(why.SocketErrorCode.ToString()); }
            catch (Exception why) { Count(why.GetType().Name); }
            if (pauseMs > 0) { Thread.Sleep(pauseMs); }
        }
    }

    void Count(string trouble) {
        lock (troubles) {
            int before;
            troubles.TryGetValue(trouble, out before);
            troubles[trouble] = before + 1;
            failed++;
        }
    }

    // "3 failed (ConnectionRefused 2, IOException 1)": names of .NET, the same in every language.
    public string Words() {
        List<string> words = new List<string>();
        lock (troubles) {
            foreach (KeyValuePair<string, int> trouble in troubles) { words.Add(trouble.Key + " " + trouble.Value); }
        }
        return failed + " failed" + (words.Count > 0 ? " (" + string.Join(", ", words.ToArray()) + ")" : "");
    }

    public void Stop() {
        stopped = true;
        foreach (Thread thread in threads) { thread.Join(15000); }
    }
}

// ---- service.exe ----

// service.exe --listen ADDRESS:PORT --release V --notes FOLDER [--try write:FOLDER | read:FOLDER]...
// service.exe --report FILE [--try ...]...: writes what /access would say, and ends.
public static class Program {
    static string listen = "", release = "", notes = "", report = "";
    static readonly List<string> tries = new List<string>();
    static readonly ManualResetEvent asked = new ManualResetEvent(false);

    static void ReadArguments(string[] words) {
        for (int i = 0; i + 1 < words.Length; i += 2) {
            switch (words[i]) {
            case "--listen": listen = words[i + 1]; break;
            case "--release": release = words[i + 1]; break;
            case "--notes": notes = words[i + 1]; break;
            case "--report": report = words[i + 1]; break;
            case "--try": tries.Add(words[i + 1]); break;
            default: throw new ArgumentException(words[i]);
            }
        }
    }

    static void Write(string folder) {
        string file = Path.Combine(folder, "try-" + Guid.NewGuid().ToString("N"));
        File.WriteAllText(file, "x");
        File.Delete(file);
    }

    static void Read(string folder) {
        foreach (string file in Directory.GetFiles(folder)) { File.ReadAllBytes(file); }
    }

    // "write:C:\shop\data done" or "... refused (UnauthorizedAccessException)"
    static string Try(string what) {
        try {
            if (what.StartsWith("write:")) { Write(what.Substring(6)); } else { Read(what.Substring(5)); }
            return what + " done";
        } catch (Exception why) { return what + " refused (" + why.GetType().Name + ")"; }
    }

    static string Access() {
        StringBuilder text = new StringBuilder("as " + WindowsIdentity.GetCurrent().Name + "\n");
        foreach (string what in tries) { text.Append(Try(what) + "\n"); }
        return text.ToString();
    }

    // Seconds since 1970, which every language writes alike.
    static void Note(string what) {
        long now = (DateTime.UtcNow.Ticks - new DateTime(1970, 1, 1).Ticks) / TimeSpan.TicksPerSecond;
        try { File.AppendAllText(Path.Combine(notes, "notes.txt"), what + " " + release + " " + now + "\n"); }
        catch (Exception) { } // what is not noted is missed by who reads the notes
    }

    // Release 3.0.0 is deaf; all others finish what they are at. With a file `linger` they take 20 s more, which is
    // longer than Windows gives to a service that did not ask for more.
    static void OnBreak(object sender, ConsoleCancelEventArgs given) {
        given.Cancel = true;
        if (release != "3.0.0") { asked.Set(); }
    }

    static int Serve() {
        int colon = listen.LastIndexOf(':');
        Server server = new Server(IPAddress.Parse(listen.Substring(0, colon)),
                                   int.Parse(listen.Substring(colon + 1)), release, Access());
        Console.CancelKeyPress += OnBreak;
        Note("started");
        asked.WaitOne();
        Note("asked");
        if (File.Exists(Path.Combine(notes, "linger"))) { Thread.Sleep(20000); }
        for (int i = 0; i < 300 && server.Busy > 0; i++) { Thread.Sleep(100); }
        Note("ended");
        return 0;
    }

    public static int Main(string[] words) {
        ReadArguments(words);
        if (report.Length == 0) { return Serve(); }
        File.WriteAllText(report, Access());
        return 0;
    }
}

}
