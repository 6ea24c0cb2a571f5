// cqlbench: a canned CQL back end and a closed-loop CQL load generator (protocol v3 and v4) in one small epoll program, so that the
// proxy between the two is the bottleneck and two proxies can be compared on the same work. Linux only.
//
//   cqlbench backend --port PORT --name NAME [--row-bytes N]
//       Serves canned answers until killed. Port 0 takes any free one; prints {"port":N} once it listens.
//   cqlbench load --port PORT --connections N --in-flight N [--host A.B.C.D] [--seconds S] [--warm-up S] [--read-ratio R]
//                 [--value-bytes N] [--no-timestamps] [--pids PID,PID]
//       Prepares one SELECT and one INSERT per connection, then keeps N EXECUTEs of them in flight on each. Prints one JSON line:
//       operations, latencies in microseconds, errors by opcode and code, CPU per operation and peak memory of the given processes.
//       Exits 1 when a connection fails or an answer breaks the protocol, 3 when an answer was an error or never came.
//
// Both end when the process that started them does.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  ERROR_ = 0, STARTUP = 1, READY = 2, AUTHENTICATE = 3, OPTIONS = 5, SUPPORTED = 6, QUERY = 7, RESULT = 8, PREPARE = 9,
  EXECUTE = 10, REGISTER = 11, EVENT = 12, BATCH = 13
};
enum { KIND_VOID = 1, KIND_ROWS = 2, KIND_SET_KEYSPACE = 3, KIND_PREPARED = 4 };
enum { TYPE_BLOB = 3, TYPE_INT = 9, TYPE_UUID = 12, TYPE_VARCHAR = 13, TYPE_INET = 16, TYPE_SET = 0x22 };
enum { HEADER_BYTES = 9, READ_BYTES = 65536, FILLER_BYTES = 1 << 20, EVENTS_MAX = 256 };

// ---------------------------------------------------------------- bytes

// Bytes in p[off, len); what lies before off is used up.
typedef struct { uint8_t *p; size_t len, cap, off; } Buf;

static void need(Buf *b, size_t n) {
  if (b->off && b->off == b->len) b->off = b->len = 0;
  if (b->len + n > b->cap) {
    b->cap = (b->len + n) * 2;
    b->p = realloc(b->p, b->cap);
    if (!b->p) { perror("realloc"); exit(1); }
  }
}
static void put(Buf *b, const void *s, size_t n) { need(b, n); memcpy(b->p + b->len, s, n); b->len += n; }
static void u8(Buf *b, int v) { uint8_t x = v; put(b, &x, 1); }
static void u16(Buf *b, int v) { uint8_t x[2] = {v >> 8, v}; put(b, x, 2); }
static void u32(Buf *b, int64_t v) { uint8_t x[4] = {v >> 24, v >> 16, v >> 8, v}; put(b, x, 4); }
static void str(Buf *b, const char *s) { u16(b, strlen(s)); put(b, s, strlen(s)); }
static void bytes(Buf *b, const void *p, int n) { u32(b, n); put(b, p, n); }
static uint32_t rd32(const uint8_t *p) { return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]; }
static uint16_t rd16(const uint8_t *p) { return p[0] << 8 | p[1]; }
static void compact(Buf *b) {
  if (!b->off) return;
  memmove(b->p, b->p + b->off, b->len - b->off);
  b->len -= b->off;
  b->off = 0;
}
// A frame begins with its header; end() fills in the length that begin() left open.
static size_t begin(Buf *o, int version, int stream, int opcode) {
  u8(o, version); u8(o, 0); u16(o, stream); u8(o, opcode); u32(o, 0);
  return o->len;
}
static void end(Buf *o, size_t start) {
  uint32_t n = o->len - start;
  uint8_t x[4] = {n >> 24, n >> 16, n >> 8, n};
  memcpy(o->p + start - 4, x, 4);
}

static uint8_t filler[FILLER_BYTES];

// ---------------------------------------------------------------- connections

enum { STARTING, PREPARING_READ, PREPARING_WRITE, LOADED };
enum { IDLE, READING, WRITING };

typedef struct {
  int fd, waits_for_room;
  Buf in, out;
  // Of the load generator only: sent_us and busy by stream.
  int state, read_id_bytes, write_id_bytes, free_count;
  int64_t *sent_us;
  uint8_t *busy;
  uint16_t *free_streams;
  uint8_t read_id[64], write_id[64];
} Conn;

static int epoll_fd;

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}
static void make_quick(int fd) {
  int one = 1;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}
static void watch(Conn *c, int fd, int operation, uint32_t events) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  epoll_ctl(epoll_fd, operation, fd, &e);
}
// 0, or -1 when the connection is gone.
static int flush_conn(Conn *c) {
  while (c->out.off < c->out.len) {
    ssize_t n = write(c->fd, c->out.p + c->out.off, c->out.len - c->out.off);
    if (n < 0) {
      if (errno == EAGAIN) break;
      return -1;
    }
    c->out.off += n;
  }
  int waits = c->out.off < c->out.len;
  if (!waits) c->out.off = c->out.len = 0;
  if (waits != c->waits_for_room) {
    watch(c, c->fd, EPOLL_CTL_MOD, EPOLLIN | (waits ? EPOLLOUT : 0));
    c->waits_for_room = waits;
  }
  return 0;
}
// 0, or -1 when the connection is gone.
static int fill(Conn *c) {
  for (;;) {
    need(&c->in, READ_BYTES);
    ssize_t n = read(c->fd, c->in.p + c->in.len, READ_BYTES);
    if (n == 0) return -1;
    if (n < 0) return errno == EAGAIN ? 0 : -1;
    c->in.len += n;
    if (n < READ_BYTES) return 0;
  }
}
// The next whole frame in c->in, or NULL; its body has *n bytes.
static uint8_t *next_frame(Conn *c, uint32_t *n) {
  if (c->in.len - c->in.off < HEADER_BYTES) return NULL;
  uint8_t *f = c->in.p + c->in.off;
  *n = rd32(f + 5);
  if (c->in.len - c->in.off < HEADER_BYTES + (size_t)*n) return NULL;
  c->in.off += HEADER_BYTES + *n;
  return f;
}

// ---------------------------------------------------------------- back end

static const char *node_name = "bench";
static int row_bytes = 100, backend_port;

static void column(Buf *o, const char *name, int type) { str(o, name); u16(o, type); }

static void local_row(Buf *o, int stream) {
  static const struct { const char *name; int type; } columns[] = {
    {"key", TYPE_VARCHAR}, {"bootstrapped", TYPE_VARCHAR}, {"broadcast_address", TYPE_INET}, {"cluster_name", TYPE_VARCHAR},
    {"cql_version", TYPE_VARCHAR}, {"data_center", TYPE_VARCHAR}, {"host_id", TYPE_UUID}, {"listen_address", TYPE_INET},
    {"native_protocol_version", TYPE_VARCHAR}, {"partitioner", TYPE_VARCHAR}, {"rack", TYPE_VARCHAR},
    {"release_version", TYPE_VARCHAR}, {"rpc_address", TYPE_INET}, {"schema_version", TYPE_UUID}, {"tokens", TYPE_SET},
  };
  int count = sizeof columns / sizeof *columns;
  size_t s = begin(o, 0x84, stream, RESULT);
  u32(o, KIND_ROWS); u32(o, 1); u32(o, count); str(o, "system"); str(o, "local");
  for (int i = 0; i < count; i++) column(o, columns[i].name, columns[i].type);
  u16(o, TYPE_VARCHAR); // of the tokens
  uint8_t ip[4] = {127, 0, 0, 1};
  uint8_t id[16] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x40, 0x88, 0x80, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, backend_port >> 8, backend_port};
  u32(o, 1);
  bytes(o, "local", 5); bytes(o, "COMPLETED", 9); bytes(o, ip, 4); bytes(o, node_name, strlen(node_name)); bytes(o, "3.4.5", 5);
  bytes(o, "dc1", 3); bytes(o, id, 16); bytes(o, ip, 4); bytes(o, "4", 1); bytes(o, "org.apache.cassandra.dht.Murmur3Partitioner", 43);
  bytes(o, "rack1", 5); bytes(o, "4.1.3", 5); bytes(o, ip, 4); bytes(o, id, 16);
  u32(o, 4 + 4 + 1); u32(o, 1); bytes(o, "0", 1);
  end(o, s);
}
static void no_rows(Buf *o, int stream, const char *table) {
  size_t s = begin(o, 0x84, stream, RESULT);
  u32(o, KIND_ROWS); u32(o, 1); u32(o, 7); str(o, "system"); str(o, table);
  column(o, "peer", TYPE_INET); column(o, "data_center", TYPE_VARCHAR); column(o, "host_id", TYPE_UUID);
  column(o, "rack", TYPE_VARCHAR); column(o, "release_version", TYPE_VARCHAR); column(o, "rpc_address", TYPE_INET);
  column(o, "schema_version", TYPE_UUID);
  u32(o, 0);
  end(o, s);
}
static void user_row(Buf *o, int stream) {
  size_t s = begin(o, 0x84, stream, RESULT);
  u32(o, KIND_ROWS); u32(o, 1); u32(o, 1); str(o, "bench"); str(o, "kv"); column(o, "v", TYPE_BLOB);
  u32(o, 1); bytes(o, filler, row_bytes);
  end(o, s);
}
static void nothing(Buf *o, int stream) {
  size_t s = begin(o, 0x84, stream, RESULT);
  u32(o, KIND_VOID);
  end(o, s);
}
static void refuse(Buf *o, int stream, const char *message) {
  size_t s = begin(o, 0x84, stream, ERROR_);
  u32(o, 10); str(o, message);
  end(o, s);
}
static int has(const uint8_t *p, size_t n, const char *word) { return memmem(p, n, word, strlen(word)) != NULL; }
static int starts(const uint8_t *p, size_t n, const char *word) { return n > strlen(word) && !strncasecmp((const char *)p, word, strlen(word)); }

static void serve_query(Buf *o, int stream, const uint8_t *text, uint32_t n) {
  if (has(text, n, "system.local")) local_row(o, stream);
  else if (has(text, n, "system.peers")) no_rows(o, stream, "peers");
  else if (starts(text, n, "select") && has(text, n, "system")) no_rows(o, stream, "x");
  else if (starts(text, n, "select")) user_row(o, stream);
  else if (starts(text, n, "use ")) {
    size_t s = begin(o, 0x84, stream, RESULT);
    u32(o, KIND_SET_KEYSPACE); str(o, "bench");
    end(o, s);
  } else nothing(o, stream);
}
// The id's first byte says what the statement is, the rest depends on text and port: two back ends give two ids for one text.
static void serve_prepare(Buf *o, int version, int stream, const uint8_t *text, uint32_t n) {
  int is_read = starts(text, n, "select");
  uint8_t id[16] = {is_read ? 'R' : 'W'};
  uint64_t hash = 1469598103934665603ULL ^ (uint64_t)backend_port;
  for (uint32_t i = 0; i < n; i++) hash = (hash ^ text[i]) * 1099511628211ULL;
  memcpy(id + 1, &hash, 8);
  size_t s = begin(o, 0x84, stream, RESULT);
  u32(o, KIND_PREPARED); u16(o, 16); put(o, id, 16);
  u32(o, 1); u32(o, is_read ? 1 : 2);
  if (version >= 4) { u32(o, 1); u16(o, 0); } // one key column, the first
  str(o, "bench"); str(o, "kv"); column(o, "k", TYPE_INT);
  if (is_read) { u32(o, 1); u32(o, 1); str(o, "bench"); str(o, "kv"); column(o, "v", TYPE_BLOB); }
  else { column(o, "v", TYPE_BLOB); u32(o, 4); u32(o, 0); } // no columns come back
  end(o, s);
}
static void serve(Conn *c, const uint8_t *f, uint32_t n) {
  Buf *o = &c->out;
  int version = f[0] & 0x7f, stream = (int16_t)rd16(f + 2);
  const uint8_t *body = f + HEADER_BYTES;
  size_t s;
  if (version > 4 || version < 3) {
    refuse(o, stream, "Invalid or unsupported protocol version (5); supported versions are (3/v3, 4/v4)");
    return;
  }
  switch (f[4]) {
    case EXECUTE:
      if (body[2] == 'R') user_row(o, stream);
      else if (body[2] == 'W') nothing(o, stream);
      else refuse(o, stream, "EXECUTE of an id that this back end never gave");
      break;
    case QUERY: serve_query(o, stream, body + 4, rd32(body)); break;
    case PREPARE: serve_prepare(o, version, stream, body + 4, rd32(body)); break;
    case BATCH: nothing(o, stream); break;
    case STARTUP: case REGISTER: s = begin(o, 0x84, stream, READY); end(o, s); break;
    case OPTIONS:
      s = begin(o, 0x84, stream, SUPPORTED);
      u16(o, 2); str(o, "CQL_VERSION"); u16(o, 1); str(o, "3.4.5"); str(o, "COMPRESSION"); u16(o, 0);
      end(o, s);
      break;
    default: refuse(o, stream, "unknown opcode");
  }
  (void)n;
}
static int backend(int port) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof a;
  if (bind(listener, (void *)&a, sizeof a) || listen(listener, 1024) || getsockname(listener, (void *)&a, &size)) {
    perror("listen");
    return 1;
  }
  backend_port = ntohs(a.sin_port);
  epoll_fd = epoll_create1(0);
  make_quick(listener);
  watch(NULL, listener, EPOLL_CTL_ADD, EPOLLIN);
  printf("{\"port\":%d}\n", backend_port);
  fflush(stdout);
  struct epoll_event events[EVENTS_MAX];
  for (;;) {
    int n = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);
    for (int i = 0; i < n; i++) {
      Conn *c = events[i].data.ptr;
      if (!c) {
        int fd;
        while ((fd = accept(listener, 0, 0)) >= 0) {
          make_quick(fd);
          c = calloc(1, sizeof *c);
          c->fd = fd;
          watch(c, fd, EPOLL_CTL_ADD, EPOLLIN);
        }
        continue;
      }
      int is_gone = fill(c);
      uint32_t bytes_in_body;
      uint8_t *f;
      while ((f = next_frame(c, &bytes_in_body))) serve(c, f, bytes_in_body);
      compact(&c->in);
      if (flush_conn(c) || is_gone) { close(c->fd); free(c->in.p); free(c->out.p); free(c); }
    }
  }
}

// ---------------------------------------------------------------- load generator

enum { BUCKETS = 4096, CODES_MAX = 16 };
static const char *host = "127.0.0.1", *pids;
static int connections, in_flight, value_bytes = 100, with_timestamps = 1;
static double seconds = 4, warm_up = 2, read_ratio = 0.5;

static int64_t histogram[BUCKETS], ops, reads, writes, errors, by_opcode[256];
static struct { uint32_t code; int64_t count; } codes[CODES_MAX];
static char first_error[160];
static int is_recording, is_ending, loaded_count;
static int64_t outstanding;
static uint64_t seed = 88172645463325252ULL;

static uint64_t random64(void) { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; return seed; }

// 64 buckets for each power of two of microseconds: 1.6 % at worst.
static int bucket_of(int64_t us) {
  if (us < 1) us = 1;
  int e = 63 - __builtin_clzll(us), sub = e > 6 ? (us >> (e - 6)) & 63 : us & 63, b = e * 64 + sub;
  return b < BUCKETS ? b : BUCKETS - 1;
}
static int64_t us_of(int b) { int e = b / 64, sub = b % 64; return e > 6 ? (int64_t)(64 + sub) << (e - 6) : sub | 1 << e; }
static int64_t percentile(double p) {
  int64_t seen = 0, total = 0;
  for (int i = 0; i < BUCKETS; i++) total += histogram[i];
  for (int i = 0; i < BUCKETS; i++) if ((seen += histogram[i]) >= total * p) return us_of(i);
  return 0;
}

static const char *opcode_name(int opcode) {
  switch (opcode) {
    case ERROR_: return "ERROR";
    case READY: return "READY";
    case AUTHENTICATE: return "AUTHENTICATE";
    case SUPPORTED: return "SUPPORTED";
    case RESULT: return "RESULT";
    case EVENT: return "EVENT";
    default: return "other";
  }
}
static void broken(const char *what, const uint8_t *f) {
  fprintf(stderr, "%s: opcode %s on stream %d", what, opcode_name(f[4]), rd16(f + 2));
  if (f[4] == ERROR_ && rd32(f + 5) >= 6) fprintf(stderr, ", code 0x%04x: %.*s", rd32(f + 9), (int)rd16(f + 13), f + 15);
  fprintf(stderr, "\n");
  exit(1);
}
static void count_error(const uint8_t *f, uint32_t n) {
  errors++;
  by_opcode[f[4]]++;
  if (f[4] != ERROR_ || n < 6) return;
  uint32_t code = rd32(f + 9), length = rd16(f + 13);
  for (int i = 0; i < CODES_MAX; i++) {
    if (codes[i].count && codes[i].code != code) continue;
    codes[i].code = code;
    codes[i].count++;
    break;
  }
  if (first_error[0] || length > n - 6) return;
  size_t at = 0;
  for (uint32_t i = 0; i < length && at < sizeof first_error - 1; i++) { // what needs no escape in JSON
    uint8_t ch = f[15 + i];
    first_error[at++] = ch < 0x20 || ch > 0x7e || ch == '"' || ch == '\\' ? ' ' : ch;
  }
}

static void issue(Conn *c) {
  while (c->free_count && !is_ending) {
    int stream = c->free_streams[--c->free_count];
    int is_read = (random64() >> 11) * (1.0 / 9007199254740992.0) < read_ratio;
    uint64_t key = random64();
    Buf *o = &c->out;
    size_t s = begin(o, 4, stream, EXECUTE);
    u16(o, is_read ? c->read_id_bytes : c->write_id_bytes);
    put(o, is_read ? c->read_id : c->write_id, is_read ? c->read_id_bytes : c->write_id_bytes);
    u16(o, 1); u8(o, 0x01 | (with_timestamps ? 0x20 : 0)); // consistency ONE; values, default timestamp
    u16(o, is_read ? 1 : 2);
    u32(o, 4); put(o, &key, 4);
    if (!is_read) { u32(o, value_bytes); put(o, filler, value_bytes); }
    if (with_timestamps) { u32(o, 391000); u32(o, key & 0xffff); }
    end(o, s);
    c->sent_us[stream] = now_us();
    c->busy[stream] = is_read ? READING : WRITING;
    outstanding++;
  }
}
static void prepare(Conn *c, const char *text) {
  size_t s = begin(&c->out, 4, 0, PREPARE);
  u32(&c->out, strlen(text)); put(&c->out, text, strlen(text));
  end(&c->out, s);
}
static int take_id(const uint8_t *f, uint32_t n, uint8_t *id, const char *what) {
  const uint8_t *body = f + HEADER_BYTES;
  if (f[4] != RESULT || n < 6 || rd32(body) != KIND_PREPARED || rd16(body + 4) > 64) broken(what, f);
  memcpy(id, body + 6, rd16(body + 4));
  return rd16(body + 4);
}
static void on_frame(Conn *c, const uint8_t *f, uint32_t n) {
  switch (c->state) {
    case STARTING:
      if (f[4] != READY) broken("answer to STARTUP", f);
      c->state = PREPARING_READ;
      prepare(c, "SELECT v FROM bench.kv WHERE k = ?");
      return;
    case PREPARING_READ:
      c->read_id_bytes = take_id(f, n, c->read_id, "answer to PREPARE of the select");
      c->state = PREPARING_WRITE;
      prepare(c, "INSERT INTO bench.kv (k, v) VALUES (?, ?)");
      return;
    case PREPARING_WRITE:
      c->write_id_bytes = take_id(f, n, c->write_id, "answer to PREPARE of the insert");
      c->state = LOADED;
      loaded_count++;
      for (int i = 0; i < in_flight; i++) c->free_streams[c->free_count++] = i;
      return;
  }
  int stream = rd16(f + 2);
  if (stream >= in_flight || c->busy[stream] == IDLE) broken("answer that nobody waits for", f);
  int is_read = c->busy[stream] == READING;
  if (f[4] != RESULT) count_error(f, n);
  else if (n < 4 || rd32(f + HEADER_BYTES) != (is_read ? KIND_ROWS : KIND_VOID)) broken("answer to another request", f);
  if (is_recording) {
    histogram[bucket_of(now_us() - c->sent_us[stream])]++;
    ops++;
    if (is_read) reads++;
    else writes++;
  }
  c->busy[stream] = IDLE;
  c->free_streams[c->free_count++] = stream;
  outstanding--;
}

typedef struct { double cpu_seconds; long peak_kb; } Usage;
// Summed over the processes of `pids`.
static Usage usage(void) {
  Usage u = {0, 0};
  if (!pids) return u;
  char *list = strdup(pids);
  for (char *pid = strtok(list, ","); pid; pid = strtok(0, ",")) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f) continue;
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    char *fields = strrchr(text, ')');
    unsigned long user, system;
    if (fields && sscanf(fields + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2)
      u.cpu_seconds += (double)(user + system) / sysconf(_SC_CLK_TCK);
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    f = fopen(path, "r");
    if (!f) continue;
    long kb;
    while (fgets(text, sizeof text, f)) if (sscanf(text, "VmHWM: %ld", &kb) == 1) u.peak_kb += kb;
    fclose(f);
  }
  free(list);
  return u;
}
// From here on the kernel counts the peak anew.
static void forget_peaks(void) {
  if (!pids) return;
  char *list = strdup(pids);
  for (char *pid = strtok(list, ","); pid; pid = strtok(0, ",")) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/clear_refs", pid);
    FILE *f = fopen(path, "w");
    if (!f) continue;
    fputs("5", f);
    fclose(f);
  }
  free(list);
}

static void open_conn(Conn *c, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &a.sin_addr);
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(c->fd, (void *)&a, sizeof a)) { perror("connect"); exit(1); }
  make_quick(c->fd);
  c->sent_us = calloc(in_flight, sizeof *c->sent_us);
  c->busy = calloc(in_flight, sizeof *c->busy);
  c->free_streams = calloc(in_flight, sizeof *c->free_streams);
  watch(c, c->fd, EPOLL_CTL_ADD, EPOLLIN);
  size_t s = begin(&c->out, 4, 0, STARTUP);
  u16(&c->out, 1); str(&c->out, "CQL_VERSION"); str(&c->out, "3.0.0");
  end(&c->out, s);
}
static void flush_or_fail(Conn *c) {
  if (flush_conn(c)) { fprintf(stderr, "write failed: %s\n", strerror(errno)); exit(1); }
}
// One round of events; every connection that can sends more.
static void turn(void) {
  struct epoll_event events[EVENTS_MAX];
  int n = epoll_wait(epoll_fd, events, EVENTS_MAX, 100);
  for (int i = 0; i < n; i++) {
    Conn *c = events[i].data.ptr;
    if (fill(c)) { fprintf(stderr, "the connection was closed by the other side\n"); exit(1); }
    uint32_t bytes_in_body;
    uint8_t *f;
    while ((f = next_frame(c, &bytes_in_body))) on_frame(c, f, bytes_in_body);
    compact(&c->in);
    if (loaded_count == connections) issue(c);
    flush_or_fail(c);
  }
}
static int load(int port) {
  // A few at a time, and no load before all are ready: under a load DataStax's proxy forgets handshakes that take it 10 s.
  enum { OPENING_MAX = 32, SET_UP_US = 60000000, DRAIN_US = 12000000 };
  epoll_fd = epoll_create1(0);
  Conn *all = calloc(connections, sizeof *all);
  int64_t limit = now_us() + SET_UP_US;
  for (int opened = 0; loaded_count < connections;) {
    for (; opened < connections && opened - loaded_count < OPENING_MAX; opened++) {
      open_conn(all + opened, port);
      flush_or_fail(all + opened);
    }
    turn();
    if (now_us() < limit) continue;
    fprintf(stderr, "only %d of %d connections were ready after %d s\n", loaded_count, connections, SET_UP_US / 1000000);
    return 1;
  }
  for (int i = 0; i < connections; i++) { issue(all + i); flush_or_fail(all + i); }
  for (limit = now_us() + (int64_t)(warm_up * 1e6); now_us() < limit;) turn();
  forget_peaks();
  is_recording = 1;
  Usage before = usage();
  int64_t started = now_us();
  for (limit = started + (int64_t)(seconds * 1e6); now_us() < limit;) turn();
  double elapsed = (now_us() - started) / 1e6;
  Usage after = usage();
  is_recording = 0;
  is_ending = 1; // nothing new: what is in flight must still be answered
  for (limit = now_us() + DRAIN_US; outstanding && now_us() < limit;) turn();
  double cpu = after.cpu_seconds - before.cpu_seconds;
  printf("{\"ops\":%ld,\"opsPerSecond\":%.0f,\"reads\":%ld,\"writes\":%ld,\"errors\":%ld,\"unanswered\":%ld,", (long)ops, ops / elapsed,
         (long)reads, (long)writes, (long)errors, (long)outstanding);
  printf("\"errorsByOpcode\":{");
  const char *comma = "";
  for (int i = 0; i < 256; i++) if (by_opcode[i]) { printf("%s\"%s(%d)\":%ld", comma, opcode_name(i), i, (long)by_opcode[i]); comma = ","; }
  printf("},\"errorsByCode\":{");
  comma = "";
  for (int i = 0; i < CODES_MAX && codes[i].count; i++) { printf("%s\"0x%04x\":%ld", comma, codes[i].code, (long)codes[i].count); comma = ","; }
  printf("},\"firstError\":\"%s\",", first_error);
  printf("\"p50Us\":%ld,\"p99Us\":%ld,\"p999Us\":%ld,\"cpuUsPerOp\":%.3f,\"cpuCores\":%.2f,\"rssMb\":%.1f}\n", (long)percentile(.5),
         (long)percentile(.99), (long)percentile(.999), ops ? cpu * 1e6 / ops : 0, cpu / elapsed, after.peak_kb / 1024.0);
  return errors || outstanding || !ops ? 3 : 0;
}

// ---------------------------------------------------------------- command line

static int usage_error(void) {
  fprintf(stderr, "usage: cqlbench backend --port PORT --name NAME [--row-bytes N]\n"
                  "       cqlbench load --port PORT --connections N --in-flight N [--host A.B.C.D] [--seconds S] [--warm-up S]\n"
                  "                     [--read-ratio R] [--value-bytes N] [--no-timestamps] [--pids PID,PID]\n");
  return 64;
}
int main(int argc, char **argv) {
  static const struct option options[] = {
    {"port", 1, 0, 'p'}, {"name", 1, 0, 'n'}, {"row-bytes", 1, 0, 'b'}, {"host", 1, 0, 'h'}, {"connections", 1, 0, 'c'},
    {"in-flight", 1, 0, 'i'}, {"seconds", 1, 0, 's'}, {"warm-up", 1, 0, 'w'}, {"read-ratio", 1, 0, 'r'},
    {"value-bytes", 1, 0, 'v'}, {"no-timestamps", 0, 0, 't'}, {"pids", 1, 0, 'P'}, {0, 0, 0, 0},
  };
  int port = -1, option;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    switch (option) {
      case 'p': port = atoi(optarg); break;
      case 'n': node_name = optarg; break;
      case 'b': row_bytes = atoi(optarg); break;
      case 'h': host = optarg; break;
      case 'c': connections = atoi(optarg); break;
      case 'i': in_flight = atoi(optarg); break;
      case 's': seconds = atof(optarg); break;
      case 'w': warm_up = atof(optarg); break;
      case 'r': read_ratio = atof(optarg); break;
      case 'v': value_bytes = atoi(optarg); break;
      case 't': with_timestamps = 0; break;
      case 'P': pids = optarg; break;
      default: return usage_error();
    }
  }
  const char *command = optind < argc ? argv[optind] : "";
  if (port < 0 || port > 65535 || value_bytes < 0 || value_bytes > FILLER_BYTES || row_bytes < 0 || row_bytes > FILLER_BYTES) return usage_error();
  pid_t parent = getppid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) return 1;
  signal(SIGPIPE, SIG_IGN);
  memset(filler, 'x', sizeof filler);
  if (!strcmp(command, "backend")) return backend(port);
  if (!strcmp(command, "load") && port > 0 && connections > 0 && in_flight > 0 && in_flight <= 32768 && seconds > 0) return load(port);
  return usage_error();
}
