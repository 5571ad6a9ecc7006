"""Device functions that C does not have, by the name that other texts call them by."""

from __future__ import annotations

from .kernels import HALF, INFINITE

FUNCTIONS = {
    "mxnd_max": """
template <class T> __device__ T mxnd_max(T a, T b) { return a >= b || a != a ? a : b; }
""",
    "mxnd_min": """
template <class T> __device__ T mxnd_min(T a, T b) { return a <= b || a != a ? a : b; }
""",
    # The remainder with the sign of the divisor, 0 where that is 0.
    "mxnd_mod": """
__device__ inline float mxnd_rest(float a, float b) { return fmodf(a, b); }
__device__ inline double mxnd_rest(double a, double b) { return fmod(a, b); }
template <class T> __device__ T mxnd_rest(T a, T b) { return (T)-1 < (T)0 && b == (T)-1 ? (T)0 : (T)(a % b); }
template <class T> __device__ T mxnd_mod(T a, T b) {
    if (b == 0) return 0;
    T rest = mxnd_rest(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? (T)(rest + b) : rest;
}
""",
    "mxnd_power": """
template <class T> __device__ T mxnd_power(T a, T b) {
    T y = 1;
    for (; b > 0; b >>= 1, a *= a) if (b & 1) y *= a;
    return y;
}
""",
    # A number cut to an integer as on the CPU: what does not fit, or is NaN, is the least int (or long long), and bytes
    # take the lowest bits of that. CUDA's own conversion takes the nearest number that fits.
    "mxnd_integer": HALF
    + """
template <class W, class F> __device__ inline W mxnd_cut(F x) {
    const F end = (F)(sizeof(W) > 4 ? 9223372036854775808.0 : 2147483648.0);
    return x >= -end && x < end ? (W)x : (W)-end;
}
template <class I> __device__ inline I mxnd_integer(double x) {
    return sizeof(I) > 4 ? (I)mxnd_cut<long long>(x) : (I)mxnd_cut<int>(x);
}
template <class I> __device__ inline I mxnd_integer(float x) {
    return sizeof(I) > 4 ? (I)mxnd_cut<long long>(x) : (I)mxnd_cut<int>(x);
}
template <class I> __device__ inline I mxnd_integer(float16 x) { return mxnd_integer<I>((float)x); }
template <class I, class T> __device__ inline I mxnd_integer(T x) { return (I)x; }
""",
    # Upwards by psi(x) = psi(x + 1) - 1/x to where the asymptotic series holds; below 0 by reflection.
    "mxnd_digamma": INFINITE
    + """
__device__ inline double mxnd_digamma(double x) {
    double y = 0;
    if (x == 0) return copysign((double)INFINITY, -x);
    if (x < 0) {
        if (x == floor(x)) return NAN;
        y = -3.14159265358979323846 / tan(3.14159265358979323846 * (x - floor(x)));
        x = 1 - x;
    }
    for (; x < 12; x += 1) y -= 1 / x;
    if (isinf(x)) return x;
    double r = 1 / (x * x);
    y += log(x) - 0.5 / x;
    const double series[] = {1. / 12, 1. / 120, 1. / 252, 1. / 240, 1. / 132, 691. / 32760, 1. / 12};
    double rest = 0;
    for (int k = 6; k >= 0; --k) rest = r * (series[k] - rest);
    return y - rest;
}
""",
    # (-1)^(n+1) n! times Hurwitz's zeta function of n + 1 at x, which is summed by Euler and Maclaurin's formula.
    # Below 0 the terms of all x + k, also for k < 0, do not depend on the floor of x: no loop from a far x up to 0.
    "mxnd_polygamma": INFINITE
    + """
__device__ inline double mxnd_zeta(double s, double x) {
    if (isinf(x)) return 0;
    double y = 0;
    for (int k = 0; k < 12 || x < 12; ++k, x += 1) y += pow(x, -s);
    double power = pow(x, -s), even[] = {12, -720, 30240, -1209600, 47900160, -1892437580.3183791606,
        74724249600, -2950130727918.1642245, 116467828143500.67249};
    y += power * x / (s - 1) + power / 2;
    double rise = s;
    power /= x;
    for (int k = 0; k < 9; ++k) {
        y += rise * power / even[k];
        rise *= (s + 2 * k + 1) * (s + 2 * k + 2);
        power /= x * x;
    }
    return y;
}
__device__ inline double mxnd_hurwitz(double s, double x) {
    if (x > 0 || x != x) return mxnd_zeta(s, x);
    if (x == floor(x)) return INFINITY;
    if (s != floor(s)) return NAN;
    const double below = x - floor(x), above = ceil(x) - x;
    return mxnd_zeta(s, below) + (fmod(s, 2.0) == 0 ? 1 : -1) * (mxnd_zeta(s, above) - mxnd_zeta(s, 1 - x));
}
__device__ inline double mxnd_polygamma(double n, double x) {
    return (fmod(n, 2.0) == 0 ? -1 : 1) * tgamma(n + 1) * mxnd_hurwitz(n + 1, x);
}
""",
}
