"""Kernels of random numbers. Philox4x32-10 makes them: a number of the seed, the draw and the place in the array alone.

Source: J. K. Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (2011).
"""

from __future__ import annotations

from .kernels import WIDE, Kernel, elementwise

PHILOX = """
struct Philox {  // the words that belong to one place of one draw: four at a time
    unsigned int key[2], at[4], word[4];
    int left;

    __device__ Philox(unsigned int seed, unsigned int device, unsigned long long draw, unsigned long long place) {
        key[0] = seed, key[1] = device;
        at[0] = (unsigned int)place, at[1] = (unsigned int)(place >> 32);  // below 2**40
        at[2] = (unsigned int)draw, at[3] = (unsigned int)(draw >> 32);
        left = 0;
    }
    __device__ void turn() {
        unsigned int a = at[0], b = at[1], c = at[2], d = at[3], k = key[0], l = key[1];
        for (int round = 0; round < 10; ++round) {
            unsigned long long left_product = 0xD2511F53ull * a, right_product = 0xCD9E8D57ull * c;
            a = (unsigned int)(right_product >> 32) ^ b ^ k;
            c = (unsigned int)(left_product >> 32) ^ d ^ l;
            b = (unsigned int)right_product, d = (unsigned int)left_product;
            k += 0x9E3779B9u, l += 0xBB67AE85u;
        }
        word[0] = a, word[1] = b, word[2] = c, word[3] = d;
        at[1] += 256;  // the words after these
        left = 4;
    }
    __device__ unsigned int next() {
        if (left == 0) turn();
        --left;
        return left == 3 ? word[0] : left == 2 ? word[1] : left == 1 ? word[2] : word[3];
    }
    __device__ unsigned long long next_long() {
        unsigned long long high = next();
        return high << 32 | next();
    }

    // in [0, 1)
    __device__ void unit(float& u) { u = (next() >> 8) * (1 / 16777216.0f); }
    __device__ void unit(double& u) { u = (next_long() >> 11) * (1 / 9007199254740992.0); }
    // in (0, 1]
    __device__ void above(float& u) { u = ((float)next() + 0.5f) * (1 / 4294967296.0f); }
    __device__ void above(double& u) { u = ((double)(next_long() >> 11) + 0.5) * (1 / 9007199254740992.0); }

    template <class W> __device__ void bells(W& x, W& y) {  // two standard normals
        W u, angle;
        above(u), unit(angle);
        u = sqrt(-2 * log(u)), angle *= (W)6.283185307179586;
        x = u * cos(angle), y = u * sin(angle);
    }
};
"""

REJECTION = """
template <class W> __device__ W gamma_number(Philox& random, W alpha) {  // Marsaglia and Tsang, 2000
    W boost = 1, x, y, u;
    if (!(alpha > 0)) return 0;
    if (alpha < 1) {
        random.above(u);
        boost = pow(u, 1 / alpha);
        alpha += 1;
    }
    W d = alpha - (W)(1.0 / 3.0), c = 1 / sqrt(9 * d);
    for (int tries = 0; tries < 10000; ++tries) {  // never for ever, whatever alpha is
        random.bells(x, y);
        random.above(u);
        W v = 1 + c * x;
        v = v * v * v;
        if (v > 0 && log(u) < (W)0.5 * x * x + d - d * v + d * log(v)) return boost * d * v;
    }
    return (W)NAN;
}

__device__ double poisson_number(Philox& random, double mean) {
    if (!(mean < 2147483648.0)) return mean == mean ? (double)INFINITY : mean;
    if (mean < 10) {  // how many uniform numbers can be multiplied
        float product = 1, limit = exp(-(float)mean), u;
        for (int count = 0; count < 1000; ++count) {
            random.above(u);
            product *= u;
            if (product <= limit) return count;
        }
        return 1000;
    }
    // Transformed rejection: W. Hoermann, The transformed rejection method for generating Poisson variables (1993)
    double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b, logarithm = log(mean);
    double inverse = 1.1239 + 1.1328 / (b - 3.4), sure = 0.9277 - 3.6224 / (b - 2), u, v;
    for (int tries = 0; tries < 10000; ++tries) {
        random.unit(u), random.above(v);
        u -= 0.5;
        double near = 0.5 - (u < 0 ? -u : u), count = floor((2 * a / near + b) * u + mean + 0.43);
        if (near >= 0.07 && v <= sure) return count;
        if (count < 0 || (near < 0.013 && v > near)) continue;
        if (log(v * inverse / (a / (near * near) + b)) <= count * logarithm - mean - lgamma(count + 1)) return count;
    }
    return mean;
}
"""

STATE = "uint32 seed, uint32 device, uint64 draw"


def filling(name: str, numbers: str, expression: str) -> Kernel:
    """A kernel of which each thread makes the numbers of four words: ``u``, of ``numbers``, by an expression.

    numbers: ``units`` in [0, 1), or standard normal ``bells``. Arguments: the state, how many numbers there are, how
    many threads, and the ``a`` and ``b`` of the expression.
    """
    make = {"units": "random.unit(u), random.unit(other)", "bells": "random.bells(u, other)"}[numbers]
    body = f"""
        Philox random(seed, device, draw, i);
        W a = (W)first, b = (W)second, u, other;
        for (int pair = 0; pair < (sizeof(W) == 8 ? 1 : 2); ++pair) {{
            long long at = i + 2 * pair * threads;
            if (at >= count) break;
            {make};
            out[at] = (T)(W)({expression});
            u = other, at += threads;
            if (at < count) out[at] = (T)(W)({expression});
        }}
    """
    inputs = f"{STATE}, int64 count, int64 threads, float64 first, float64 second"
    return elementwise(inputs, "raw T out", body, name, WIDE + PHILOX)


FILL = {
    "uniform": filling("uniform", "units", "a + (b - a) * u"),
    "normal": filling("normal", "bells", "u * b + a"),
    "exponential": filling("exponential", "units", "-log(1 - u) / a"),
    "bernoulli": filling("bernoulli", "units", "u < a ? 1 : 0"),
}
"""Numbers of one distribution."""


def each(name: str, result: str) -> Kernel:
    """A kernel of which each thread makes one number, from the ``a`` and ``b`` of its own."""
    body = f"""
        Philox random(seed, device, draw, i);
        out = (T)(W)({result});
    """
    return elementwise(f"{STATE}, float64 a, float64 b", "T out", body, name, WIDE + PHILOX + REJECTION)


EACH = {
    "gamma": each("gamma", "gamma_number(random, (W)a) * (W)b"),
    "poisson": each("poisson", "poisson_number(random, a)"),
    "negative_binomial": each("negative_binomial", "poisson_number(random, gamma_number(random, (float)a) * b)"),
    "generalized_negative_binomial": each(
        "generalized_negative_binomial",
        "poisson_number(random, b == 0 ? a : gamma_number(random, (float)(1 / b)) * b * a)",
    ),
}
"""Numbers of a distribution for each element."""

WHOLE = elementwise(
    f"{STATE}, int64 low, uint64 span",
    "T out",
    """
    Philox random(seed, device, draw, i);
    unsigned long long word = random.next_long();
    while (word < (0 - span) % span) word = random.next_long();  // what is left is a multiple of span
    out = (T)(low + (long long)(word % span));
    """,
    "whole",
    PHILOX,
)
"""Whole numbers of a span."""

CATEGORY = elementwise(
    f"{STATE}, raw T table, int64 categories, int64 count",
    "int64 out",
    """
    Philox random(seed, device, draw, i);
    float unit;
    random.unit(unit);
    W wanted = (W)(T)unit;
    long long row = i / count * categories, left = 0, right = categories;
    while (left < right) {
        long long middle = (left + right) / 2;
        if ((W)table[row + middle] < wanted) left = middle + 1;
        else right = middle;
    }
    out = left;
    """,
    "category",
    WIDE + PHILOX,
)
"""The first category at which the probabilities add up to a random number: ``count`` of them for each row."""
