// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the project needs nothing of what is measured with.
let package = Package(
  name: "nnscore-benchmarks",
  dependencies: [
    .package(name: "nnscore", path: ".."),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
  ],
  targets: [
    // libdeflate itself, to measure what inflating alone takes.
    .systemLibrary(name: "CInflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    // What the Swift sides of all benchmarks share.
    .target(name: "BenchmarkSide", dependencies: [.product(name: "Inference", package: "nnscore")]),
    .executableTarget(
      name: "StoreBenchmark",
      dependencies: [
        "BenchmarkSide", "CInflate",
        .product(name: "ModelStore", package: "nnscore"),
        .product(name: "Inference", package: "nnscore"),
        .product(name: "Training", package: "nnscore"),
        .product(name: "Datasets", package: "nnscore"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
      ]
    ),
    .executableTarget(
      name: "OpeningBenchmark",
      dependencies: ["BenchmarkSide", .product(name: "Inference", package: "nnscore")]
    ),
    .executableTarget(
      name: "ScoringBenchmark",
      dependencies: [
        "BenchmarkSide",
        .product(name: "Inference", package: "nnscore"),
        .product(name: "_Ceilings", package: "nnscore"),
        .product(name: "Training", package: "nnscore"),
      ]
    ),
    .executableTarget(
      name: "TrainingBenchmark",
      dependencies: [
        "BenchmarkSide",
        .product(name: "Inference", package: "nnscore"),
        .product(name: "_Ceilings", package: "nnscore"),
        .product(name: "Training", package: "nnscore"),
        .product(name: "Datasets", package: "nnscore"),
      ]
    ),
  ]
)

for target in package.targets where target.type != .system && !target.name.hasPrefix("C") {
  target.swiftSettings = [
    .treatAllWarnings(as: .error), .strictMemorySafety(), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"), .enableUpcomingFeature("InternalImportsByDefault"),
  ]
}
