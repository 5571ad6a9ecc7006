// What went wrong in a kernel, for the caller to raise: a text, and the jump out of a signal.
namespace device { namespace standin {
static char fault[400];
static sigjmp_buf out;

static void fail(const char *form, const char *what, long long a, long long b) {
  if (!fault[0]) snprintf(fault, sizeof fault, form, what, a, b);
}

static void caught(int signal) { siglongjmp(out, signal); }

template <class Body>
static const char *guarded(Body body) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE};
  struct sigaction now, before[3];
  memset(&now, 0, sizeof now);
  now.sa_handler = caught;
  fault[0] = 0;
  for (int k = 0; k < 3; ++k) sigaction(signals[k], &now, &before[k]);
  const int signal = sigsetjmp(out, 1);
  if (!signal) body();
  for (int k = 0; k < 3; ++k) sigaction(signals[k], &before[k], nullptr);
  if (signal)
    fail("%s (signal %lld)", signal == SIGFPE ? "an integer was divided by zero" : "an illegal memory access", signal, 0);
  return fault[0] ? fault : nullptr;
}
}}  // namespace device::standin
