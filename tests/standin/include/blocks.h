// Blocks of threads for raw kernels. Threads are fibres where the kernel has barriers, and run up to the next one in
// turn; blocks run one after another. Shared memory is filled with 0xff before each block.
namespace device { namespace standin {
enum { STACK = 1 << 17, SHARED = 48 * 1024, DYNAMIC = 227 * 1024, FENCE = 64 };
alignas(128) static char dynamic_shared[DYNAMIC + FENCE];

struct Fibre {
  ucontext_t context;
  char *stack;
  int waits;  // the line of the barrier, 0 while running, -1 when it has ended
};
static ucontext_t scheduler;
static Fibre *running;
static void (*thread_body)(void **);
static void **thread_arguments;

static void fibre() {
  thread_body(thread_arguments);
  running->waits = -1;
  swapcontext(&running->context, &scheduler);
}

static inline void barrier(int line) {
  running->waits = line;
  swapcontext(&running->context, &scheduler);
}

static void place(unsigned t) {
  threadIdx.x = t % blockDim.x;
  threadIdx.y = t / blockDim.x % blockDim.y;
  threadIdx.z = t / (blockDim.x * blockDim.y);
}

static bool round_of(Fibre *fibres, unsigned threads) {  // whether threads wait at a barrier after it
  int at = 0;
  for (unsigned t = 0; t < threads; ++t) {
    if (fibres[t].waits < 0) continue;
    running = fibres + t;
    running->waits = 0;
    place(t);
    swapcontext(&scheduler, &running->context);
  }
  for (unsigned t = 0; t < threads; ++t) {
    if (t && fibres[t].waits != at) {
      fail("%s: one at line %lld, one at line %lld (-1: ended)", "threads of a block are not at the same __syncthreads",
           at, fibres[t].waits);
      return false;
    }
    at = fibres[t].waits;
  }
  return at > 0;
}

static void block(Fibre *fibres, unsigned threads, ptrdiff_t shared) {
  memset(dynamic_shared, 0xff, shared + FENCE);
  if (__start_shared_memory) memset(__start_shared_memory, 0xff, __stop_shared_memory - __start_shared_memory);
  if (!fibres) {
    for (unsigned t = 0; t < threads; ++t) place(t), thread_body(thread_arguments);
  } else {
    for (unsigned t = 0; t < threads; ++t) {
      Fibre &f = fibres[t];
      getcontext(&f.context);
      f.context.uc_stack.ss_sp = f.stack;
      f.context.uc_stack.ss_size = STACK;
      f.context.uc_link = nullptr;
      f.waits = 0;
      makecontext(&f.context, fibre, 0);
    }
    while (round_of(fibres, threads)) {}
  }
  for (int k = 0; k < FENCE; ++k)
    if (dynamic_shared[shared + k] != (char)0xff) fail("%s of %lld bytes", "a write past the dynamic shared memory", shared, 0);
}

static void launch(const unsigned *size, ptrdiff_t shared, bool barriers, void (*body)(void **), void **arguments) {
  gridDim = dim3(size[0], size[1], size[2]);
  blockDim = dim3(size[3], size[4], size[5]);
  const unsigned threads = size[3] * size[4] * size[5];
  const ptrdiff_t fixed = __start_shared_memory ? __stop_shared_memory - __start_shared_memory : 0;
  if (fixed > SHARED) return fail("%s: %lld bytes", "more than 48 KiB of static shared memory", fixed, 0);
  thread_body = body, thread_arguments = arguments;
  Fibre *fibres = barriers ? (Fibre *)malloc(threads * sizeof(Fibre)) : nullptr;
  char *stacks = barriers ? (char *)malloc((size_t)threads * STACK) : nullptr;
  for (unsigned t = 0; barriers && t < threads; ++t) fibres[t].stack = stacks + (size_t)t * STACK;
  for (unsigned z = 0; z < size[2]; ++z)
    for (unsigned y = 0; y < size[1]; ++y)
      for (unsigned x = 0; x < size[0] && !fault[0]; ++x) {
        blockIdx.x = x, blockIdx.y = y, blockIdx.z = z;
        block(fibres, threads, shared);
      }
  free(fibres);
  free(stacks);
}

// How the parameters of a kernel are named to Python, and how a call takes them from an array of pointers.
template <class T> struct Named { static constexpr const char *name = "struct"; };
template <class T> struct Named<T *> { static constexpr const char *name = Named<std::remove_cv_t<T>>::name; };
#define NAMED(T, text) template <> struct Named<T> { static constexpr const char *name = text; };
NAMED(bool, "bool") NAMED(char, "int8") NAMED(signed char, "int8") NAMED(unsigned char, "uint8") NAMED(short, "int16")
NAMED(unsigned short, "uint16") NAMED(int, "int32") NAMED(unsigned, "uint32") NAMED(long, "int64") NAMED(long long, "int64")
NAMED(unsigned long, "uint64") NAMED(unsigned long long, "uint64") NAMED(float16, "float16") NAMED(float, "float32")
NAMED(double, "float64") NAMED(void, "void")
#undef NAMED

template <class... P>
static const char *parameters(void (*)(P...)) {
  static char text[1000];
  text[0] = 0;
  (void)std::initializer_list<int>{
      (strcat(strcat(strcat(text, Named<std::remove_cv_t<P>>::name), std::is_pointer<P>::value ? "*" : ""), " "), 0)...};
  return text;
}

template <class... P, size_t... K>
static void invoke(void (*kernel)(P...), void **arguments, std::index_sequence<K...>) {
  kernel(*(std::remove_cv_t<P> *)arguments[K]...);
}
template <class... P>
static void invoke(void (*kernel)(P...), void **arguments) {
  invoke(kernel, arguments, std::index_sequence_for<P...>());
}
}}  // namespace device::standin
