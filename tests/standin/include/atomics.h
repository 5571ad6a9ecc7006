// Atomic operations: threads run one after another here, so they are plain ones.
namespace device {
#define ATOMIC(name, T, formula)              \
  inline T name(T *address, T value) {        \
    const T old = *address;                   \
    *address = formula;                       \
    return old;                               \
  }
#define INTEGERS(name, formula)                                                    \
  ATOMIC(name, int, formula) ATOMIC(name, unsigned, formula)                       \
  ATOMIC(name, unsigned long long, formula)
INTEGERS(atomicAdd, (old + value))
ATOMIC(atomicAdd, long long, (long long)((unsigned long long)old + (unsigned long long)value))
ATOMIC(atomicAdd, float, old + value)
ATOMIC(atomicAdd, double, old + value)
ATOMIC(atomicAdd, float16, float16(old + value))
ATOMIC(atomicSub, int, old - value)
ATOMIC(atomicSub, unsigned, old - value)
INTEGERS(atomicMax, (old > value ? old : value))
ATOMIC(atomicMax, long long, old > value ? old : value)
ATOMIC(atomicMax, float, ::fmaxf(old, value))
ATOMIC(atomicMax, double, ::fmax(old, value))
INTEGERS(atomicMin, (old < value ? old : value))
ATOMIC(atomicMin, long long, old < value ? old : value)
ATOMIC(atomicMin, float, ::fminf(old, value))
ATOMIC(atomicMin, double, ::fmin(old, value))
INTEGERS(atomicExch, value)
ATOMIC(atomicExch, float, value)
INTEGERS(atomicAnd, (old & value))
INTEGERS(atomicOr, (old | value))
INTEGERS(atomicXor, (old ^ value))
#undef INTEGERS
#undef ATOMIC
#define CAS(T)                                                 \
  inline T atomicCAS(T *address, T expected, T value) {        \
    const T old = *address;                                    \
    if (old == expected) *address = value;                     \
    return old;                                                \
  }
CAS(int) CAS(unsigned) CAS(unsigned long long) CAS(unsigned short)
#undef CAS
inline void __threadfence() {}
inline void __threadfence_block() {}
}  // namespace device
