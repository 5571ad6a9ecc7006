// CUDA's mathematics: each function for double and for float, and no other type.
namespace device {
#define ONE(name)                                       \
  inline double name(double x) { return ::name(x); }    \
  inline float name(float x) { return ::name##f(x); }   \
  inline float name##f(float x) { return ::name##f(x); }
ONE(exp) ONE(exp2) ONE(expm1) ONE(log) ONE(log2) ONE(log10) ONE(log1p) ONE(sqrt) ONE(cbrt)
ONE(sin) ONE(cos) ONE(tan) ONE(asin) ONE(acos) ONE(atan) ONE(sinh) ONE(cosh) ONE(tanh) ONE(asinh) ONE(acosh) ONE(atanh)
ONE(erf) ONE(erfc) ONE(tgamma) ONE(lgamma) ONE(floor) ONE(ceil) ONE(trunc) ONE(round) ONE(rint) ONE(nearbyint) ONE(fabs)
ONE(j0) ONE(j1)
#undef ONE
#define TWO(name)                                                           \
  inline double name(double x, double y) { return ::name(x, y); }           \
  inline float name(float x, float y) { return ::name##f(x, y); }           \
  inline float name##f(float x, float y) { return ::name##f(x, y); }
TWO(pow) TWO(fmod) TWO(remainder) TWO(atan2) TWO(hypot) TWO(fmin) TWO(fmax) TWO(fdim) TWO(copysign) TWO(nextafter)
#undef TWO
double pow(double, float) = delete;  // NVRTC refuses it
inline float pow(float x, int y) { return ::powf(x, (float)y); }
inline double pow(double x, int y) { return ::pow(x, (double)y); }

// Those the host's library does not have: computed in double, given in either type.
#define OWN(name, formula)                                    \
  inline double name(double x) { return formula; }            \
  inline float name##f(float x) { return (float)name((double)x); } \
  inline float name(float x) { return name##f(x); }
OWN(rsqrt, 1.0 / ::sqrt(x))
OWN(rcbrt, 1.0 / ::cbrt(x))
OWN(exp10, ::pow(10.0, x))
OWN(sinpi, ::sin(3.14159265358979323846 * ::remainder(x, 2.0)))
OWN(cospi, ::cos(3.14159265358979323846 * ::remainder(x, 2.0)))
OWN(normcdf, 0.5 * ::erfc(-x * 0.70710678118654752440))
namespace standin {
static inline double inverse_erf(bool negative, double x, double rest) {  // x >= 0, rest is 1 - x
  if (!(rest >= 0.0 && rest <= 1.0)) return __builtin_nan("");
  if (rest == 0.0) return negative ? -__builtin_inf() : __builtin_inf();
  const double w = ::log(rest * (2.0 - rest)), k = 2.0 / (3.14159265358979323846 * 0.147) + 0.5 * w;
  double y = ::sqrt(::sqrt(k * k - w / 0.147) - k);
  for (int step = 0; step < 4; ++step) {  // Newton's with the second derivative
    const double e = (x < 0.5 ? x - ::erf(y) : ::erfc(y) - rest) / (-1.12837916709551257390 * ::exp(-y * y));
    if (!(y < 27.0)) break;
    y -= e / (1.0 + y * e);
  }
  return negative ? -y : y;
}
}  // namespace standin
OWN(erfinv, standin::inverse_erf(x < 0.0, ::fabs(x), 1.0 - ::fabs(x)))
OWN(erfcinv, x < 1.0 ? standin::inverse_erf(false, 1.0 - x, x) : standin::inverse_erf(true, x - 1.0, 2.0 - x))
OWN(normcdfinv, -1.41421356237309504880 * erfcinv(2.0 * x))
#undef OWN

inline double fma(double x, double y, double z) { return ::fma(x, y, z); }
inline float fma(float x, float y, float z) { return ::fmaf(x, y, z); }
inline float fmaf(float x, float y, float z) { return ::fmaf(x, y, z); }
inline double ldexp(double x, int e) { return ::ldexp(x, e); }
inline float ldexp(float x, int e) { return ::ldexpf(x, e); }
inline float ldexpf(float x, int e) { return ::ldexpf(x, e); }
inline double frexp(double x, int *e) { return ::frexp(x, e); }
inline float frexp(float x, int *e) { return ::frexpf(x, e); }
inline double modf(double x, double *whole) { return ::modf(x, whole); }
inline float modf(float x, float *whole) { return ::modff(x, whole); }
inline void sincos(double x, double *s, double *c) { *s = ::sin(x), *c = ::cos(x); }
inline void sincosf(float x, float *s, float *c) { *s = ::sinf(x), *c = ::cosf(x); }
inline bool isnan(double x) { return x != x; }
inline bool isnan(float x) { return x != x; }
inline bool isinf(double x) { return ::fabs(x) == __builtin_inf(); }
inline bool isinf(float x) { return ::fabsf(x) == __builtin_inff(); }
inline bool isfinite(double x) { return ::fabs(x) < __builtin_inf(); }
inline bool isfinite(float x) { return ::fabsf(x) < __builtin_inff(); }
inline bool signbit(double x) { return __builtin_signbit(x); }
inline bool signbit(float x) { return __builtin_signbitf(x); }
inline int abs(int x) { return x < 0 ? -x : x; }
inline long abs(long x) { return x < 0 ? -x : x; }
inline long long abs(long long x) { return x < 0 ? -x : x; }
inline long long llabs(long long x) { return x < 0 ? -x : x; }
inline double abs(double x) { return ::fabs(x); }
inline float abs(float x) { return ::fabsf(x); }

#define PAIR(A, B, R)                                              \
  inline R min(A x, B y) { return (R)x < (R)y ? (R)x : (R)y; }      \
  inline R max(A x, B y) { return (R)x > (R)y ? (R)x : (R)y; }
PAIR(int, int, int) PAIR(unsigned, unsigned, unsigned) PAIR(int, unsigned, unsigned) PAIR(unsigned, int, unsigned)
PAIR(long, long, long) PAIR(unsigned long, unsigned long, unsigned long)
PAIR(long, unsigned long, unsigned long) PAIR(unsigned long, long, unsigned long)
PAIR(long long, long long, long long) PAIR(unsigned long long, unsigned long long, unsigned long long)
PAIR(long long, unsigned long long, unsigned long long) PAIR(unsigned long long, long long, unsigned long long)
#undef PAIR
inline float min(float x, float y) { return ::fminf(x, y); }
inline float max(float x, float y) { return ::fmaxf(x, y); }
inline double min(double x, double y) { return ::fmin(x, y); }
inline double max(double x, double y) { return ::fmax(x, y); }
inline double min(float x, double y) { return ::fmin(x, y); }
inline double max(float x, double y) { return ::fmax(x, y); }
inline double min(double x, float y) { return ::fmin(x, y); }
inline double max(double x, float y) { return ::fmax(x, y); }
inline float16 min(float16 x, float16 y) { return float16(min(float(x), float(y))); }
inline float16 max(float16 x, float16 y) { return float16(max(float(x), float(y))); }
inline float16 fmin(float16 x, float16 y) { return min(x, y); }
inline float16 fmax(float16 x, float16 y) { return max(x, y); }

inline float fdividef(float x, float y) { return x / y; }
inline float __fdividef(float x, float y) { return x / y; }
inline float __expf(float x) { return ::expf(x); }
inline float __logf(float x) { return ::logf(x); }
inline float __sinf(float x) { return ::sinf(x); }
inline float __cosf(float x) { return ::cosf(x); }
inline float __powf(float x, float y) { return ::powf(x, y); }
inline int __float2int_rn(float x) { return (int)::rintf(x); }
inline int __float2int_rd(float x) { return (int)::floorf(x); }
inline int __double2int_rn(double x) { return (int)::rint(x); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
inline int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
inline int __ffs(int x) { return __builtin_ffs(x); }
template <class To, class From> inline To standin_bits(From from) {
  static_assert(sizeof(To) == sizeof(From), "bits of another size");
  To to;
  memcpy(&to, &from, sizeof to);
  return to;
}
inline int __float_as_int(float x) { return standin_bits<int>(x); }
inline unsigned __float_as_uint(float x) { return standin_bits<unsigned>(x); }
inline float __int_as_float(int x) { return standin_bits<float>(x); }
inline float __uint_as_float(unsigned x) { return standin_bits<float>(x); }
inline long long __double_as_longlong(double x) { return standin_bits<long long>(x); }
inline double __longlong_as_double(long long x) { return standin_bits<double>(x); }
template <class T> inline T __ldg(const T *x) { return *x; }

inline int _floor_divide(int x, int y) { return y ? x / y - (x % y && (x < 0) != (y < 0)) : 0; }
inline long long _floor_divide(long long x, long long y) { return y ? x / y - (x % y && (x < 0) != (y < 0)) : 0; }
inline unsigned _floor_divide(unsigned x, unsigned y) { return y ? x / y : 0; }
inline float _floor_divide(float x, float y) { return ::floorf(x / y); }
inline double _floor_divide(double x, double y) { return ::floor(x / y); }
}  // namespace device
