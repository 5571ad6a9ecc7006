// What went wrong in a kernel, for the caller to raise: a text, and the jump out of a signal. And how small a float may
// be: CuPy compiles with -ftz=true. The processor has one switch for float and double: kernels of doubles keep theirs.
namespace device { namespace standin {
static char fault[400];
static sigjmp_buf out;

static void fail(const char *form, const char *what, long long a, long long b) {
  if (!fault[0]) snprintf(fault, sizeof fault, form, what, a, b);
}

static void caught(int signal) { siglongjmp(out, signal); }

template <class Body>
static const char *guarded(int flushes, Body body) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  struct sigaction now, before[4];
  memset(&now, 0, sizeof now);
  now.sa_handler = caught;
  fault[0] = 0;
  for (int k = 0; k < 4; ++k) sigaction(signals[k], &now, &before[k]);
  const unsigned mode = _mm_getcsr();
  if (flushes) _mm_setcsr(mode | _MM_FLUSH_ZERO_ON | _MM_DENORMALS_ZERO_ON);
  const int signal = sigsetjmp(out, 1);
  if (!signal) body();
  _mm_setcsr(mode);
  for (int k = 0; k < 4; ++k) sigaction(signals[k], &before[k], nullptr);
  if (signal)
    fail("%s (signal %lld)",
         signal == SIGFPE  ? "an integer was divided by zero"
         : signal == SIGILL ? "a number was converted to an integer type that does not hold it"
                            : "an illegal memory access",
         signal, 0);
  return fault[0] ? fault : nullptr;
}
}}  // namespace device::standin
