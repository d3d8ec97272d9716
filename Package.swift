// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "nnscore",
  products: [
    .library(name: "Inference", targets: ["Inference"]),
    .library(name: "Training", targets: ["Training"]),
    .library(name: "ModelStore", targets: ["ModelStore"]),
    .library(name: "Datasets", targets: ["Datasets", "Images"]),
    .executable(name: "nnscore", targets: ["nnscore"]),
    // For the package of benchmarks alone.
    .library(name: "_Ceilings", targets: ["CCeilings"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // A model in memory, its file, and forward propagation: no dependency but libc and libm.
    .target(name: "CKernels"),
    .target(name: "Inference", dependencies: ["CKernels"]),

    .target(name: "Training", dependencies: ["Inference", "CKernels"]),

    // SQL migrations and JSON schemas, embedded in code.
    .target(
      name: "Schemas",
      path: "Schemas",
      exclude: ["store.md", "model-file.md"],
      sources: ["Schemas.swift", "Schemas+JSON.swift"],
      resources: [.embedInCode("sql"), .embedInCode("json")]
    ),
    .target(
      name: "ModelStore",
      dependencies: [
        "Inference", "Schemas", "CZlib", "CDeflate",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
      ]
    ),

    // The inner loops of pictures.
    .target(name: "CPixels"),
    .target(name: "Images", dependencies: ["CPixels", "CTurboJPEG", "CPNG", "CDeflate"]),
    .target(
      name: "Datasets",
      dependencies: [
        "Images", "CHDF5Worker", "CZlib",
        .product(name: "Crypto", package: "swift-crypto"),
      ]
    ),

    // The calls into libhdf5, which damaged files can crash, in a process of their own. It is loaded when it is needed: not linked.
    .target(name: "CHDF5Worker", linkerSettings: [.linkedLibrary("dl")]),

    // What one core can do at most, measured.
    .target(name: "CCeilings", linkerSettings: [.linkedLibrary("m")]),

    .target(
      name: "NNScoreCommand",
      dependencies: [
        "Inference", "Training", "ModelStore", "Images", "Datasets", "Schemas", "CCeilings",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Yams", package: "Yams"),
      ]
    ),
    .executableTarget(name: "nnscore", dependencies: ["NNScoreCommand"]),

    // System libraries: a module map each.
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),

    .testTarget(name: "InferenceTests", dependencies: ["Inference", "CKernels"], exclude: ["Fixtures"]),
    .testTarget(name: "TrainingTests", dependencies: ["Training", "Inference", "CKernels"], exclude: ["Fixtures"]),
    .testTarget(
      name: "ModelStoreTests",
      dependencies: [
        "ModelStore", "Inference", "Schemas", "CFaultVFS",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["Fixtures"]
    ),
    // An SQLite VFS whose operations can be made to fail.
    .target(name: "CFaultVFS", path: "Tests/CFaultVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
    .testTarget(name: "ImagesTests", dependencies: ["Images", "CPixels"], exclude: ["Fixtures"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "Images"], exclude: ["Fixtures"]),
    .testTarget(
      name: "NNScoreCommandTests",
      dependencies: [
        "NNScoreCommand", "nnscore", "Schemas", "Inference", "Images", "Datasets", "Training", "ModelStore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]
    ),
  ]
)

for target in package.targets where target.type != .system {
  let isC = target.name.hasPrefix("C")
  target.swiftSettings =
    isC
    ? []
    : [
      .treatAllWarnings(as: .error),
      .strictMemorySafety(),
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("MemberImportVisibility"),
      .enableUpcomingFeature("InternalImportsByDefault"),
    ]
  if isC {
    target.cSettings = [.treatAllWarnings(as: .error), .enableWarning("function-effects")]
  }
}
